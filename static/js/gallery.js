// The entry of the gallery's page.
import "./gallery-actions.js";
import "./gallery-batches.js";
import "./gallery-filters.js";
import "./gallery-live.js";
import "./gallery-return.js";
import "./gallery-selecting.js";
import "./lightbox.js";
