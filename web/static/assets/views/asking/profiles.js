/** The short list that the house has for those who may not choose freely. */
import { choice } from "../../forms.js";

/** Nothing where the list is empty for them, or cannot be had: then it is as usual. */
export async function profiles(portal, kind) {
  let listed;
  try {
    listed = (await portal.api.get(`/v1/request-profiles?kind=${kind}&pageSize=100`)).profiles;
  } catch (problem) {
    if (problem.status === 401) throw problem;
    return null;
  }
  if (!listed.length) return null;
  const place = choice("requestProfileId", "How?", [["", "As usual"], ...listed.map((each) => [each.id, each.name])], { id: "ask-profile" });
  const select = place.querySelector("select");
  return { place, told: () => (select.value ? { requestProfileId: select.value } : {}) };
}
