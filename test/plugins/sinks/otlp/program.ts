/** A program of its own that makes one call, exports by the standard variables alone, and prints what Loom warned of. */

import { Loom } from "../../../../src/index.ts";
import { LOGGER, type Logger } from "../../../../src/plugin.ts";

const ignore = () => {};
const logger: Logger = { debug: ignore, info: ignore, warn: (text) => console.log(text), error: ignore };
const loom = new Loom({ pluginFolder: false, sinks: [{ type: "otlp" }], provide: [[LOGGER, logger]] });
await loom.generate({ provider: "sandbox", model: "sandbox-small", prompt: "Hello." });
await loom.close();
