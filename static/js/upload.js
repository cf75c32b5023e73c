// One file on its way to the server. XMLHttpRequest, for fetch does not tell how far an upload is.
import { csrfToken } from "./csrf.js";

const SILENCE = 60_000; // ms without a byte taken

/**
 * @param {string} url
 * @param {File} file
 * @param {{onProgress: (share: number) => void, signal: AbortSignal}} options
 * @returns {Promise<{ok: boolean, status: number, data: any}>} `data` is null where the answer was
 *   not the server's. Rejects when no answer came, or when it was cancelled.
 */
export function upload(url, file, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), SILENCE);
    };
    const end = (finish) => () => {
      clearTimeout(timer);
      finish();
    };
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name.toWellFormed?.() ?? ""));
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      onProgress(total ? loaded / total : 0);
    };
    request.onload = end(() => {
      const ok = request.status === 201;
      resolve({ ok, status: request.status, data: parsed(request) });
    });
    request.onerror = end(() => reject(new Error("no answer")));
    request.onabort = end(() => reject(new Error("cancelled")));
    signal.addEventListener("abort", () => request.abort());
    alive();
    request.send(file);
  });
}

function parsed(request) {
  const isJson = request.getResponseHeader("Content-Type")?.startsWith("application/json");
  try {
    return isJson ? JSON.parse(request.responseText) : null;
  } catch {
    return null;
  }
}
