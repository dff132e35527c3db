// The feed by keyboard: arrows move, Space ticks, Enter opens, "?" asks. The page works without it.
const form = document.getElementById("sign-many");

if (form) {
  const boxes = [...form.querySelectorAll("input[name=entry]")];
  const chosen = document.getElementById("chosen");
  const all = document.getElementById("choose-all");

  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (chosen) chosen.textContent = ticked ? `เลือกแล้ว ${ticked} รายการ` : "แตะช่องหน้ารายการที่ตรวจแล้ว";
    if (all) all.textContent = ticked === boxes.length ? "ไม่เลือกเลย" : "เลือกทั้งหน้านี้";
  };

  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => {
      const tick = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = tick;
      count();
    });
  }
  form.addEventListener("change", count);
  count();

  const links = [...form.querySelectorAll(".what")];
  const actions = {
    ArrowDown: (here) => links[Math.min(here + 1, links.length - 1)].focus(),
    ArrowUp: (here) => links[Math.max(here - 1, 0)].focus(),
    " ": (here) => {
      const box = links[here].closest(".item").querySelector("input[name=entry]");
      if (box) box.checked = !box.checked;
      count();
    },
    "?": (here) => location.assign(`${links[here].href}#ask`),
  };
  form.querySelector(".feed").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const item = event.target.closest(".item");
    // The key with "/" and "?" on it, also while the keyboard writes Thai.
    const key = event.code === "Slash" && event.shiftKey ? "?" : event.key;
    if (!item || !actions[key] || (key === " " && event.target.matches("input"))) return;
    event.preventDefault();
    event.stopPropagation();
    actions[key](links.indexOf(item.querySelector(".what")));
  });
  // From anywhere on the page an arrow goes to the first entry.
  document.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && event.target === document.body && links.length) {
      event.preventDefault();
      links[0].focus();
    }
  });
}
