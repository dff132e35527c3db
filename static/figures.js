// Figures as people type them, in satang; the server reads them again and has the last word.
const THAI = /[๐-๙]/g;
const AMOUNT = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{0,2}))?$/;
const WHOLE = /^\d{1,3}(?:,\d{3})+$|^\d+$/;

const plain = (text) => text.replace(THAI, (digit) => digit.charCodeAt(0) - 0x0e50).trim();

/** What an amount in baht comes to in satang; nothing typed is 0, what cannot be read is NaN. */
export function satang(text) {
  const bare = plain(text).replace(/^฿/, "").replace(/บาท$/, "").trim();
  if (!bare) return 0;
  const read = AMOUNT.exec(bare);
  if (!read) return NaN;
  return Number(read[1].replaceAll(",", "")) * 100 + Number((read[2] || "").padEnd(2, "0"));
}

/** How many pieces were typed; nothing is 0, what cannot be read is NaN. */
export function wholeNumber(text) {
  const bare = plain(text);
  if (!bare) return 0;
  return WHOLE.test(bare) ? Number(bare.replaceAll(",", "")) : NaN;
}

/** Satang as baht: 1,540.00 */
export function baht(amount) {
  const whole = Math.floor(amount / 100).toLocaleString("en-US");
  return `${whole}.${String(amount % 100).padStart(2, "0")}`;
}

/** Satang as a person types baht: 1540, or 1540.50 */
export function short(amount) {
  return amount % 100 ? (amount / 100).toFixed(2) : String(amount / 100);
}

/**
 * On a Thai keyboard the row of digits types letters. In a box of figures it types digits all the
 * same; tells whether it did.
 */
export function typeDigits(event) {
  const digit = /^Digit(\d)$/.exec(event.code);
  const letter = event.key.length === 1 && !/[\d๐-๙]/.test(event.key);
  if (!digit || !letter || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
  event.preventDefault();
  const box = event.target;
  box.setRangeText(digit[1], box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}
