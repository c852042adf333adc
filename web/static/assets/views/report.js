/** Telling those who keep the house what is wrong with a title. */
import { asked } from "../dialogs.js";
import { h, toast } from "../dom.js";
import { area, choice, field } from "../forms.js";
import { pressing } from "../pressing.js";

export const TROUBLES = { VIDEO: "Picture", AUDIO: "Sound", SUBTITLES: "Subtitles", OTHER: "Something else" };

/** A button; nothing for who may not report. `done` is called with the report. */
export function reporting(title, portal, done) {
  if (!portal.may("CREATE_ISSUES") && !portal.may("MANAGE_ISSUES")) return null;
  const report = async () => {
    const isSeries = title.kind === "SERIES";
    const whole = (name, label, least) => field(name, label, { id: `report-${name}`, type: "number", inputmode: "numeric", min: least, max: 10000 });
    const made = await asked({
      title: `What is wrong with ${title.name}?`,
      fields: [
        choice("kind", "With what?", Object.entries(TROUBLES), { id: "report-kind" }),
        isSeries ? h("div", { class: "beside" }, whole("season", "Season. Empty: all", 0), whole("episode", "Episode. Empty: all", 1)) : null,
        area("text", "What is wrong?", { id: "report-text", maxlength: 2000, rows: 4 }),
      ].filter(Boolean),
      button: "Report",
      send: (values) => {
        const text = values.text.trim();
        if (!text) throw Object.assign(new Error(), { errors: [{ field: "text", detail: "Say what is wrong." }] });
        const told = { titleId: title.id, kind: values.kind, text };
        if (values.season) told.season = Number(values.season);
        if (values.episode) told.episode = Number(values.episode);
        return portal.api.create("/v1/reports", told);
      },
    });
    if (!made) return;
    toast("Thank you: those who keep the house are told.", "good");
    await done(made);
  };
  return pressing("Report a problem", report, { label: `Report a problem with ${title.name}` });
}
