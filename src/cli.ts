#!/usr/bin/env node
/**
 * The `loom` command.
 *
 * @module
 */

import { main } from "./cli/main.ts";

await main();
