// The entry of the gallery's page.
import "./gallery-filters.js";
import "./gallery-live.js";
import "./gallery-return.js";
import "./lightbox.js";
