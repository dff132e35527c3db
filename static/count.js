// Counting: what the notes and coins come to, while they are counted. Without it the server says so.
import { baht, typeDigits, wholeNumber } from "./figures.js";

const form = document.getElementById("counting");
const boxes = [...form.querySelectorAll("input[data-value]")];

function show() {
  let counted = 0;
  const begun = "counted" in form.dataset || boxes.some((box) => box.value.trim());
  for (const box of boxes) {
    const pieces = wholeNumber(box.value);
    const worth = Number.isNaN(pieces) ? 0 : pieces * Number(box.dataset.value);
    box.closest("tr").classList.toggle("wrong", Number.isNaN(pieces));
    form.querySelector(`[data-of="${box.dataset.value}"]`).textContent = worth ? baht(worth) : "";
    counted += worth;
  }
  const difference = counted - Number(form.dataset.expected);
  const word = difference === 0 ? "ตรงกัน" : difference > 0 ? "เกิน" : "ขาด";
  const verdict = document.getElementById("difference");
  document.getElementById("counted").textContent = begun ? baht(counted) : "";
  if (!begun) {
    verdict.textContent = "ยังไม่ได้นับ";
    verdict.className = "largest quiet";
    return;
  }
  verdict.textContent = difference ? `${word} ${baht(Math.abs(difference))}` : word;
  verdict.className = `largest ${difference === 0 ? "agreed" : difference > 0 ? "waiting" : "trouble"}`;
}

form.addEventListener("input", show);
form.addEventListener("keydown", (event) => {
  const place = boxes.indexOf(event.target);
  if (place < 0 || typeDigits(event)) return;
  const to = { Enter: place + 1, ArrowDown: place + 1, ArrowUp: place - 1 }[event.key];
  if (to === undefined || (to === boxes.length && event.key !== "Enter")) return;
  event.preventDefault();
  const next = to === boxes.length ? form.querySelector("button[type=submit]") : boxes[to];
  if (next) {
    next.focus();
    if (next.select) next.select();
  }
});
show();
if (!form.querySelector(".wrong") && !matchMedia("(pointer: coarse)").matches) boxes[0].focus();
