// How many tokens a text is, about, and what of a thread fits into a model's context: the rules of
// chat/context.py.

const PER_MESSAGE = 4;
const ANSWER_SHARE = 4;
const encoder = new TextEncoder();

export function tokensOf(text) {
  if (!text) return 0;
  const characters = text.length - (text.match(/[\ud800-\udbff](?=[\udc00-\udfff])/g)?.length ?? 0);
  const size = encoder.encode(text).length;
  return Math.ceil((35 * size - 10 * characters) / 100) + PER_MESSAGE;
}

/** Tokens that a model of this context can be sent; `most` where its context is not known. */
export function roomOf(context, most) {
  return context ? Math.min(most, context - Math.floor(context / ANSWER_SHARE)) : most;
}

/**
 * What goes with a message of `typed` tokens.
 * @param {number} typed
 * @param {{system: number, exchanges: number[], is_cut: boolean}} history newest first
 * @param {number} room
 * @returns {{tokens: number, leftOut: boolean}}
 */
export function whatFits(typed, { system, exchanges, is_cut: isCut }, room) {
  let tokens = system + typed;
  for (const exchange of exchanges) {
    if (tokens + exchange > room) return { tokens, leftOut: true };
    tokens += exchange;
  }
  return { tokens, leftOut: isCut };
}
