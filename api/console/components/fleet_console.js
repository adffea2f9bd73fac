// NiceGUI's component for the console. It only leads to the modules, which are served uncached beside the styles.
import { Console } from "/console/static/js/console.js";

export default Console;
