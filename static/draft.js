// A draft that is kept on the server while it is typed. What could not be sent yet is kept in this
// browser and sent again, also after the lid was closed.
const PAUSE = 600;
const LONGEST_WAIT = 30_000;

export class Draft {
  /**
   * @param form The sheet, with the addresses it is sent to.
   * @param mark Where the person reads whether it is saved.
   * @param told What to call with the server's answer.
   */
  constructor(form, mark, told) {
    this.form = form;
    this.mark = mark;
    this.told = told;
    this.place = `samut-unsent-${form.dataset.draft}`;
    this.unsent = new Map(read(this.place).map((row) => [row.member, row]));
    this.timer = 0;
    this.wait = 0;
    this.sending = null;
    addEventListener("online", () => this.retry());
    addEventListener("pagehide", () => this.leave());
  }

  /** Keep a row, and send it in a moment. */
  keep(row) {
    if (Object.keys(row).length === 2 && !Object.keys(row.cells).length) return;
    this.unsent.set(row.member, row);
    this.store();
    this.say("", "กำลังบันทึก");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), Math.max(PAUSE, this.wait));
  }

  retry() {
    if (this.unsent.size) this.flush();
  }

  /** Send what is unsent; tells whether nothing is left. */
  async flush() {
    clearTimeout(this.timer);
    while (this.unsent.size) {
      this.sending ||= this.send().finally(() => (this.sending = null));
      if (!(await this.sending)) return false;
    }
    return true;
  }

  async send() {
    const rows = [...this.unsent.values()];
    try {
      const answer = await fetch(this.form.dataset.save, this.request(rows, false));
      if (answer.type === "opaqueredirect") return this.stopped("ออกจากระบบไปแล้ว เปิดหน้านี้ใหม่แล้วเข้าสู่ระบบ ที่พิมพ์ไว้ยังอยู่");
      if (answer.status >= 500) throw new Error(answer.statusText);
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok) return this.stopped(said.sentence || "หน้านี้เก่าเกินไป เปิดใหม่ ที่พิมพ์ไว้จะส่งให้เอง");
      // What was typed while this was on its way stays unsent.
      for (const row of rows) if (this.unsent.get(row.member) === row) this.unsent.delete(row.member);
      this.wait = 0;
      this.store();
      if (!this.unsent.size) this.say("done", `บันทึกร่างแล้ว ${said.saved}`);
      this.told.saved(said, rows);
      return true;
    } catch {
      this.wait = Math.min(Math.max(this.wait * 2, 3_000), LONGEST_WAIT);
      this.say("unsent", `ยังไม่ได้บันทึก ${this.unsent.size} คน จะส่งซ้ำเอง พิมพ์ต่อได้`);
      this.timer = setTimeout(() => this.flush(), this.wait);
      return false;
    }
  }

  request(rows, keepalive) {
    return {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.form.elements.csrf_token.value },
      body: JSON.stringify({ collection: Number(this.form.dataset.collection), rows }),
      redirect: "manual",
      keepalive,
    };
  }

  /** The page goes away: send what is left without waiting; this browser keeps it as well. */
  leave() {
    if (this.unsent.size) fetch(this.form.dataset.save, this.request([...this.unsent.values()], true)).catch(() => {});
  }

  stopped(sentence) {
    this.say("unsent", sentence);
    return false;
  }

  say(state, words) {
    this.mark.className = `saved ${state}`;
    if (this.mark.textContent !== words) this.mark.textContent = words;
  }

  store() {
    try {
      if (this.unsent.size) localStorage.setItem(this.place, JSON.stringify([...this.unsent.values()]));
      else localStorage.removeItem(this.place);
    } catch {
      // A browser that keeps nothing still sends.
    }
  }
}

function read(place) {
  try {
    return JSON.parse(localStorage.getItem(place)) || [];
  } catch {
    return [];
  }
}
