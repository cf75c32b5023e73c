// POST requests of scripts, answered in JSON.
import { csrfToken } from "./csrf.js";

const PATIENCE = 20_000; // ms; what is sent again carries the same client_id

/**
 * @param {string} url
 * @param {Record<string, string> | [string, string][] | URLSearchParams} fields
 * @returns {Promise<{ok: boolean, error: string, message: string, data: any}>} `message` is the
 *   server's sentence, "" when it gave none. Rejects when no answer came.
 */
export async function post(url, fields = {}) {
  const response = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (response.redirected) location.reload(); // signed out: the page itself leads to sign-in
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const data = isJson ? await response.json() : null;
  const ok = response.ok && !response.redirected;
  return { ok, error: data?.error ?? "", message: data?.message ?? "", data };
}
