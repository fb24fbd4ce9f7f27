/* The connection itself, the same in a worker and in a page: ticket, EventSource, patience. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

export class Connection {
  /* options: {ticketUrl, csrf}; tell: called with {kind: "alarm" | "fix" | "state", detail}. */
  constructor(options, tell) {
    this.options = options;
    this.tell = tell;
    this.last = "";
    this.wait = FIRST_WAIT_MS;
    this.source = null;
    this.timer = 0;
    this.state = "";
    this.closed = false;
    this.opening = false;
  }

  announce(state) {
    if (this.state !== state) {
      this.state = state;
      this.tell({ kind: "state", detail: { state } });
    }
  }

  async open() {
    if (this.closed || this.opening) return;
    this.opening = true;
    this.source?.close();
    let ticket = null;
    try {
      const answer = await fetch(this.options.ticketUrl, {
        method: "POST",
        credentials: "same-origin",
        headers: { "X-CSRFToken": this.options.csrf, Accept: "application/json" },
      });
      if (answer.status === 401 || answer.status === 403 || answer.redirected) {
        this.opening = false;
        this.announce("refused");
        return;
      }
      if (answer.ok) ticket = await answer.json();
    } catch {
      ticket = null;
    }
    this.opening = false;
    if (this.closed) return;
    if (ticket === null) {
      this.later();
      return;
    }
    this.listen(ticket);
  }

  listen(ticket) {
    const url = new URL(ticket.url, this.options.ticketUrl);
    url.searchParams.set("ticket", ticket.ticket);
    if (this.last) url.searchParams.set("last", this.last);
    const source = new EventSource(url);
    this.source = source;
    source.onopen = () => {
      this.wait = FIRST_WAIT_MS;
      this.announce("open");
    };
    for (const [name, kind] of [["alarm", "alarm"], ["fixes", "fix"]]) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) this.last = event.lastEventId;
        try {
          this.tell({ kind, detail: JSON.parse(event.data) });
        } catch {
          /* half an event after a broken line: the reconnect brings it whole */
        }
      });
    }
    source.addEventListener("hello", (event) => {
      if (!this.last && event.lastEventId) this.last = event.lastEventId;
    });
    // More was missed than the server can tell again: the page loads itself anew.
    source.addEventListener("reload", (event) => {
      if (event.lastEventId) this.last = event.lastEventId;
      this.tell({ kind: "reload", detail: {} });
    });
    // A ticket opens one connection, so the browser's own retry would be refused: take a new one.
    source.onerror = () => {
      source.close();
      if (this.source === source) this.later();
    };
  }

  later() {
    this.announce("lost");
    clearTimeout(this.timer);
    const jitter = 0.75 + Math.random() * 0.5; // not all browsers of an office at once
    this.timer = setTimeout(() => this.open(), this.wait * jitter);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
  }
}
