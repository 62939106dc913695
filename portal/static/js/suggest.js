// Suggests names while one types: an editable combobox with a list (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/).
// Without it the form is sent as it is. Nothing that was typed is kept beyond this page.

const PAUSE = 120; // milliseconds after a key before the server is asked

for (const form of document.querySelectorAll("form[data-suggest]")) enhance(form);

function enhance(form) {
  const input = form.querySelector("input[type=search]");
  const list = Object.assign(document.createElement("ul"), { id: `${input.id}-list`, className: "suggestions", hidden: true });
  const status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  status.setAttribute("role", "status");
  input.parentElement.after(list, status);
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);

  const known = new Map(); // text typed on this page → its suggestions
  let timer, asking, active = -1;

  function show(suggestions) {
    list.replaceChildren(...suggestions.map(option));
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    const count = suggestions.length;
    status.textContent = ""; // so that the same number is said again
    if (count) requestAnimationFrame(() => (status.textContent = `${count} suggestion${count === 1 ? "" : "s"}, use the up and down arrow keys`));
    mark(-1);
  }

  function option({ name, note, url, lang }, place) {
    const item = Object.assign(document.createElement("li"), { id: `${list.id}-${place}` });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.url = url;
    item.append(Object.assign(document.createElement("bdi"), { textContent: name, ...(lang && { lang }) }));
    if (note) item.append(" ", Object.assign(document.createElement("span"), { className: "see", textContent: note }));
    return item;
  }

  function mark(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    const item = list.children[active];
    item?.setAttribute("aria-selected", "true");
    item?.scrollIntoView({ block: "nearest" });
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    clearTimeout(timer);
    asking?.abort();
    show([]);
  }

  async function ask() {
    const text = input.value.trimStart();
    asking?.abort();
    if (!text) return show([]);
    if (known.has(text)) return show(known.get(text));
    asking = new AbortController();
    try {
      const address = `${form.dataset.suggest}?q=${encodeURIComponent(text)}`;
      // Without cookies: the answer is the same for everybody, and a cache near by may give it.
      const answer = await fetch(address, { signal: asking.signal, credentials: "omit" });
      if (!answer.ok) return show([]);
      const { suggestions } = await answer.json();
      if (suggestions.length) known.set(text, suggestions); // where there are none, it may be for the moment
      if (document.activeElement === input) show(suggestions);
    } catch (error) {
      if (error.name !== "AbortError") show([]);
    }
  }

  // While a word is being composed too: keyboards of phones compose every word.
  input.addEventListener("input", () => {
    mark(-1);
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const count = list.children.length;
    if ((event.key === "Escape" || (event.key === "ArrowUp" && event.altKey)) && !list.hidden) {
      close(); // what was typed stays; a second Escape empties the field, as browsers do
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && list.hidden) {
      ask();
    } else if (event.key === "ArrowDown") {
      mark(active + 1 < count ? active + 1 : -1);
    } else if (event.key === "ArrowUp") {
      mark(active === -1 ? count - 1 : active - 1);
    } else if (event.key === "Enter" && active >= 0) {
      location.assign(list.children[active].dataset.url);
    } else {
      if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) mark(-1); // back to the text
      return;
    }
    event.preventDefault();
  });

  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) location.assign(item.dataset.url);
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
}
