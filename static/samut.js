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
