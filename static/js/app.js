// The entry of every page inside the shell. One module, one behaviour.
import "./time-zone.js"; // first: the socket is opened with its cookie
import "./csrf.js";
import "./drawer.js";
import "./theme.js";
import "./toast.js";
// Chat
import "./archive.js";
import "./banner.js";
import "./branches.js";
import "./composer.js";
import "./copy.js";
import "./drafts.js";
import "./editor.js";
import "./elapsed.js";
import "./estimate.js";
import "./footnotes.js";
import "./gaps.js";
import "./grow.js";
import "./live.js";
import "./local-time.js";
import "./math.js";
import "./menu.js";
import "./message-focus.js";
import "./message-link.js";
import "./message-menu.js";
import "./navigate.js";
import "./palette.js";
import "./picker.js";
import "./place.js";
import "./queue.js";
import "./queue-editor.js";
import "./reading.js";
import "./rename.js";
import "./sidebar.js";
import "./thread-menu.js";
import "./tuning.js";
import "./shortcuts.js"; // last: what has a key for itself comes first
