// The reader's time zone, in a cookie: pages and the live channel group by the reader's days.

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const YEAR = 31_536_000; // s

const secure = location.protocol === "https:" ? "; secure" : "";
if (timeZone) {
  document.cookie = `timezone=${timeZone}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

/** Whether this page was made for other days than the reader's. */
export const madeElsewhere = Boolean(timeZone) && document.body.dataset.timeZone !== timeZone;
