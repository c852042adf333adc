"""The page where a person approves, in place of app.plex.tv's."""

PAGE = """<!doctype html>
<title>A plex.tv to try with</title>
<h1>Who are you?</h1>
<script type="module">
  const asked = new URLSearchParams(location.hash.replace(/^#!?[?]/, ""));
  for (const name of NAMES) {
    const button = document.createElement("button");
    button.textContent = name;
    button.onclick = async () => {
      const query = new URLSearchParams({ code: asked.get("code"), as: name });
      const done = await fetch(`/_approve?${query}`, { method: "PUT" });
      document.body.textContent = done.ok ? "You are signed in." : await done.text();
    };
    document.body.append(button);
  }
</script>
"""
