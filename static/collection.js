// The collection sheet by keyboard and touch: running totals, and a draft that is never lost.
// Without it the same sheet is sent as one form.
import { baht, satang, short, typeDigits } from "./figures.js";
import { Draft } from "./draft.js";

const form = document.getElementById("sheet");
const STATES = { paid: "จ่ายครบ", short: "ขาด", absent: "ไม่มา", waiting: "ยังไม่จ่าย", wrong: "ต้องแก้" };

/** One member's row. */
class Row {
  constructor(element) {
    this.element = element;
    this.member = Number(element.dataset.member);
    this.cells = [...element.querySelectorAll("input[data-product]")];
    this.absent = element.querySelector("input[type=checkbox]");
    this.channel = element.querySelector("select");
    this.words = plainWords(element.dataset.words);
    this.refused = new Map();
    this.known = this.snapshot();
    for (const cell of this.cells) {
      const said = cell.parentElement.querySelector("small").textContent;
      if (said) this.refused.set(cell.dataset.product, { typed: cell.value, said });
    }
  }

  get first() {
    return this.cells.find((cell) => cell.dataset.expected) || this.cells[0];
  }

  get isEmpty() {
    return this.cells.every((cell) => !cell.value.trim());
  }

  snapshot() {
    return {
      cells: Object.fromEntries(this.cells.map((cell) => [cell.dataset.product, cell.value])),
      absent: this.absent.checked,
      channel: this.channel.value,
    };
  }

  restore(before) {
    for (const cell of this.cells) cell.value = before.cells[cell.dataset.product] ?? cell.value;
    this.absent.checked = before.absent ?? this.absent.checked;
    this.channel.value = before.channel ?? this.channel.value;
  }

  /** What the server does not know yet, with what is on its way to it. */
  news(onItsWay = { cells: {} }) {
    const now = this.snapshot();
    const news = { member: this.member, cells: {} };
    for (const product of Object.keys(now.cells)) {
      const isNew = now.cells[product] !== this.known.cells[product] || product in onItsWay.cells;
      if (isNew) news.cells[product] = now.cells[product];
    }
    for (const mark of ["absent", "channel"]) {
      if (now[mark] !== this.known[mark] || mark in onItsWay) news[mark] = now[mark];
    }
    return news;
  }

  /** The server knows what was sent to it. */
  arrived(sent) {
    this.known = { ...this.known, ...sent, cells: { ...this.known.cells, ...sent.cells } };
  }

  accept() {
    this.absent.checked = false;
    for (const cell of this.cells) {
      if (cell.dataset.expected) cell.value = short(Number(cell.dataset.expected));
    }
  }

  markAbsent() {
    this.absent.checked = true;
    for (const cell of this.cells) cell.value = "";
  }

  /** What the server said about a cell holds until the cell is typed in again. */
  refuse(product, sentence) {
    const cell = this.cells.find((one) => one.dataset.product === product);
    if (cell) this.refused.set(product, { typed: cell.value, said: sentence });
  }

  read() {
    const amounts = new Map();
    let short = false;
    let wrong = false;
    for (const cell of this.cells) {
      const { product, expected } = cell.dataset;
      const refused = this.refused.get(product);
      const amount = satang(cell.value);
      let said = "";
      if (refused && refused.typed === cell.value && cell.value) said = refused.said;
      else if (Number.isNaN(amount)) said = "อ่านจำนวนเงินไม่ได้ พิมพ์เป็นตัวเลข เช่น 1,540.50";
      show(cell, said);
      wrong ||= Boolean(said);
      if (!said && amount) amounts.set(cell.dataset.column, amount);
      if ((said ? 0 : amount) < Number(expected || 0)) short = true;
    }
    const paid = [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
    let state = "waiting";
    if (wrong) state = "wrong";
    else if (this.absent.checked) state = "absent";
    else if (!this.isEmpty) state = paid && !short ? "paid" : "short";
    return { amounts, paid, state, transfer: this.channel.value === "transfer" };
  }

  show() {
    this.now = this.read();
    this.element.classList.remove(...Object.keys(STATES));
    this.element.classList.add(this.now.state);
    this.element.querySelector(".sum .chip").textContent = STATES[this.now.state];
    this.element.querySelector(".row-total").textContent = this.now.paid ? baht(this.now.paid) : "";
  }
}

function show(cell, said) {
  const small = cell.parentElement.querySelector("small");
  cell.parentElement.classList.toggle("wrong", Boolean(said));
  cell.toggleAttribute("aria-invalid", Boolean(said));
  small.textContent = said;
  small.hidden = !said;
}

const plainWords = (text) => text.toLowerCase().replace(/[๐-๙]/g, (d) => d.charCodeAt(0) - 0x0e50);

const rows = [...form.querySelectorAll("tr[data-member]")].map((element) => new Row(element));
const rowOf = new Map(rows.map((row) => [row.element, row]));
const find = document.getElementById("find");
const onlyWaiting = document.getElementById("only-waiting");
const mend = document.getElementById("mend");
let before = null; // The row that is being typed in, as it was when it was entered.
let came = null; // The cell that the search box was entered from.

const draft = new Draft(form, document.getElementById("saved"), {
  saved(answer, sent) {
    for (const input of document.querySelectorAll("input[data-revision]")) input.value = answer.revision;
    for (const one of sent) {
      const row = rows.find((other) => other.member === one.member);
      if (!row) continue;
      row.arrived(one);
      row.refused.clear();
      for (const cell of answer.wrong) {
        if (cell.member === row.member) row.refuse(cell.product, cell.sentence);
      }
      row.show();
    }
    total();
  },
});

function total() {
  const sums = new Map();
  let cash = 0;
  let transfer = 0;
  let people = 0;
  for (const { now } of rows) {
    if (now.paid) people += 1;
    if (now.transfer) transfer += now.paid;
    else cash += now.paid;
    for (const [column, amount] of now.amounts) sums.set(column, (sums.get(column) || 0) + amount);
  }
  const wrong = rows.filter((row) => row.now.state === "wrong").length;
  mend.hidden = !wrong;
  mend.textContent = `ต้องแก้ ${wrong} คน`;
  for (const place of form.querySelectorAll("[data-total]")) {
    const what = place.dataset.total;
    const figure = { people, cash: baht(cash), transfer: baht(transfer), all: baht(cash + transfer) }[what];
    place.textContent = figure === undefined ? baht(sums.get(what) || 0) : figure;
  }
}

/** Show a row as it is now, and send what changed in it. */
function changed(row) {
  row.show();
  total();
  draft.keep(row.news(draft.unsent.get(row.member)));
}

const shown = () => rows.filter((row) => !row.element.hidden);

function go(cell) {
  if (!cell) return;
  cell.focus();
  cell.select();
}

/** The next cell, or the one before, that something is expected in. */
function step(row, cell, way) {
  const wanted = shown().flatMap((one) =>
    one === row || !one.absent.checked ? one.cells.filter((c) => c.dataset.expected || c === cell) : [],
  );
  go(wanted[wanted.indexOf(cell) + way]);
}

function nextRow(row) {
  const list = shown();
  const next = list[list.indexOf(row) + 1];
  if (next) go(next.first);
}

function sideways(row, cell, way) {
  const cells = shown().flatMap((one) => one.cells);
  go(cells[cells.indexOf(cell) + way]);
}

/** The cell above or below; who has no loan of this kind has no cell, and is passed over. */
function upOrDown(row, cell, way) {
  const list = shown();
  for (let place = list.indexOf(row) + way; list[place]; place += way) {
    const other = list[place].cells.find((one) => one.dataset.column === cell.dataset.column);
    if (other) {
      go(other);
      return;
    }
  }
}

/** Whether an arrow leaves the box: its caret stands at that end, or all of it is chosen. */
function leaves(cell, end) {
  const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  const caret = cell.selectionStart === cell.selectionEnd;
  return all || (caret && cell.selectionStart === (end ? cell.value.length : 0));
}

const KEYS = {
  Enter: (row, cell, event) => step(row, cell, event.shiftKey ? -1 : 1),
  ArrowDown: (row, cell) => upOrDown(row, cell, 1),
  ArrowUp: (row, cell) => upOrDown(row, cell, -1),
  ArrowRight: (row, cell) => (leaves(cell, true) ? sideways(row, cell, 1) : false),
  ArrowLeft: (row, cell) => (leaves(cell, false) ? sideways(row, cell, -1) : false),
  Escape(row, cell) {
    if (before && before.row === row) row.restore(before.was);
    changed(row);
    cell.select();
  },
  accept(row) {
    row.accept();
    changed(row);
    nextRow(row);
  },
  absent(row) {
    row.markAbsent();
    changed(row);
    nextRow(row);
  },
  find(_row, cell) {
    came = cell;
    find.focus();
    find.select();
  },
};

/** Which of the keys above was pressed; places on the keyboard count too, since it may be Thai. */
function keyOf(event, row) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const bare = !event.shiftKey;
  const zero = event.code === "Digit0" || event.code === "Numpad0" || event.key === "0";
  if (zero && bare && row.isEmpty && !row.absent.checked) return "absent";
  // On a Thai keyboard the row of digits types "/" and "-" too.
  if (bare && event.code.startsWith("Digit")) return null;
  if (event.key === "=" || event.code === "NumpadAdd" || (event.code === "Equal" && bare)) return "accept";
  if (event.key === "-" || event.code === "NumpadSubtract" || (event.code === "Minus" && bare)) return "absent";
  if (event.key === "/" || event.code === "NumpadDivide" || (event.code === "Slash" && bare)) return "find";
  return Object.hasOwn(KEYS, event.key) ? event.key : null;
}

form.addEventListener("keydown", (event) => {
  const row = rowOf.get(event.target.closest("tr"));
  if (!row || !event.target.dataset.product) return;
  const key = keyOf(event, row);
  if (key === null) {
    typeDigits(event);
  } else if (KEYS[key](row, event.target, event) !== false) {
    event.preventDefault();
    event.stopPropagation();
  }
});

form.addEventListener("focusin", (event) => {
  const row = rowOf.get(event.target.closest("tr"));
  if (!row || (before && before.row === row)) return;
  if (before) before.row.element.classList.remove("here");
  row.element.classList.add("here");
  before = { row, was: row.snapshot() };
});

form.addEventListener("input", (event) => {
  const row = rowOf.get(event.target.closest("tr"));
  if (!row) return;
  if (event.target === row.absent && row.absent.checked) row.markAbsent();
  if (event.target.dataset.product && event.target.value.trim()) row.absent.checked = false;
  changed(row);
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("button.accept");
  if (!button) return;
  const row = rowOf.get(button.closest("tr"));
  row.accept();
  changed(row);
});

const goToWrong = () => {
  onlyWaiting.setAttribute("aria-pressed", "false");
  filter();
  go(rows.flatMap((row) => row.cells).find((cell) => cell.hasAttribute("aria-invalid")));
};

mend.addEventListener("click", goToWrong);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (rows.some((row) => row.now.state === "wrong")) {
    goToWrong();
    return;
  }
  if (await draft.flush()) location.assign(form.dataset.count);
});

/** Jump to a name: the rows that do not have the words go out of sight. */
function filter() {
  const words = plainWords(find.value).split(/\s+/).filter(Boolean);
  const waiting = onlyWaiting.getAttribute("aria-pressed") === "true";
  for (const row of rows) {
    const named = words.every((word) => row.words.includes(word));
    row.element.hidden = !named || (waiting && row.now.state !== "waiting" && row.now.state !== "wrong");
  }
}

find.addEventListener("input", filter);
find.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "Escape" && event.key !== "ArrowDown") return;
  event.preventDefault();
  event.stopPropagation();
  const [found] = shown();
  find.value = "";
  filter();
  const to = (event.key === "Escape" ? came : found && found.first) || (rows[0] && rows[0].first);
  if (!to) return;
  to.closest("tr").scrollIntoView({ block: "center" });
  go(to);
});

onlyWaiting.addEventListener("click", () => {
  onlyWaiting.setAttribute("aria-pressed", String(onlyWaiting.getAttribute("aria-pressed") !== "true"));
  filter();
});

// On this page "/" looks for a name on the sheet, not in the whole network.
document.addEventListener(
  "keydown",
  (event) => {
    const elsewhere = !event.target.closest("input, textarea, select");
    if (event.code !== "Slash" || !elsewhere || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    KEYS.find(null, null);
  },
  true,
);

document.body.classList.add("scripted");
document.getElementById("to-mend")?.remove();
for (const hidden of document.querySelectorAll("#finder, #keys, button.accept")) hidden.hidden = false;
for (const row of rows) {
  const unsent = draft.unsent.get(row.member);
  if (unsent) row.restore(unsent);
  row.show();
}
total();
draft.retry();
if (!matchMedia("(pointer: coarse)").matches) {
  const next = rows.find((row) => row.now.state === "waiting") || rows[0];
  if (next) go(next.first);
}
