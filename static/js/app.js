// The entry of every page inside the shell. One module, one behaviour.
import "./csrf.js";
import "./drawer.js";
import "./theme.js";
import "./toast.js";
// Chat
import "./banner.js";
import "./composer.js";
import "./copy.js";
import "./drafts.js";
import "./elapsed.js";
import "./grow.js";
import "./live.js";
import "./local-time.js";
import "./navigate.js";
import "./picker.js";
import "./retry.js";
import "./sidebar.js";
