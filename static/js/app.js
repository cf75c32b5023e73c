// The entry of every page inside the shell. One module, one behaviour.
import "./csrf.js";
import "./drawer.js";
import "./theme.js";
import "./toast.js";
