/** Turns what a job tells into pictures on a clock: however often it tells, a display draws only now and then. */

import type { Progress, ProgressStage } from "../../batch/progress.ts";
import type { JsonObject } from "../../contract/json.ts";
import type { Clock } from "../../contract/services.ts";
import type { Figures, Meter } from "./figures.ts";

/** One way of showing a stage. */
export interface Display {
  /** Time between two pictures. */
  readonly everyMs: number;
  begin(figures: Figures): void;
  progress(figures: Figures): void;
  /** @param figures of the stage under way; `undefined` between stages */
  note(text: string, data: JsonObject | undefined, figures: Figures | undefined): void;
  /** @param passing it leaves no line behind */
  end(figures: Figures, passing: boolean): void;
}

export function stagesOf(
  display: Display,
  meterFor: (stage: ProgressStage) => Meter,
  clock: Pick<Clock, "after">,
): Progress {
  let meter: Meter | undefined;
  let passing = false;
  let cancel = () => {};

  const rest = () => {
    // In the background: a picture is no reason for a process to live on.
    cancel = clock.after(display.everyMs, () => {
      if (meter === undefined) return;
      display.progress(meter.read());
      rest();
    }, { background: true });
  };
  const end = () => {
    if (meter === undefined) return;
    cancel();
    const figures = meter.end();
    meter = undefined;
    display.end(figures, passing);
  };
  return {
    begin(stage) {
      end();
      meter = meterFor(stage);
      passing = stage.passing === true;
      display.begin(meter.read());
      rest();
    },
    row: (update) => meter?.update(update),
    note: (text, data) => display.note(text, data, meter?.read()),
    end,
  };
}
