// What every page has: "/" goes to the search box, Esc leaves it; nothing here is needed to work.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const search = document.getElementById("search");
  if (event.code === "Slash" && search && !typing(event.target) && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "Escape" && event.target === search) search.blur();
});

// A form is sent once, however often its button is touched; its key makes a second one harmless.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
}

// What was typed in a form and not sent is there again when one comes back to it with the browser's
// own button. It stays in this tab, and never a password.
const typed = `samut-typed-${location.pathname}`;
const boxes = [...document.querySelectorAll("main form[method=post].form :is(input, select, textarea)")].filter(
  (box) => box.name && !["hidden", "password", "file"].includes(box.type),
);
const stateOf = (box) => (["checkbox", "radio"].includes(box.type) ? box.checked : box.value);

function remember() {
  const sent = document.querySelector("form[data-sent]");
  const states = JSON.stringify(boxes.map((box) => [box.name, stateOf(box)]));
  if (sent || states === asShown) sessionStorage.removeItem(typed);
  else sessionStorage.setItem(typed, states);
}

function bringBack() {
  const states = JSON.parse(sessionStorage.getItem(typed) || "[]");
  if (states.length !== boxes.length) return;
  states.forEach(([name, state], place) => {
    const box = boxes[place];
    if (box.name !== name) return;
    if (typeof state === "boolean") box.checked = state;
    else box.value = state;
  });
}

const asShown = JSON.stringify(boxes.map((box) => [box.name, stateOf(box)]));
if (boxes.length) {
  const [came] = performance.getEntriesByType("navigation");
  if (came && came.type === "back_forward") bringBack();
  addEventListener("pagehide", remember);
}
