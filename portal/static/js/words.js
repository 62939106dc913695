// Shows what a word means beside the word itself. Without it the link leads to the definition at the end of the page.

const links = document.querySelectorAll("a.term");
const box = Object.assign(document.createElement("div"), { className: "meaning", popover: "auto", tabIndex: -1 });
box.setAttribute("role", "dialog");

let word; // the link whose meaning is shown

function show(link) {
  const entry = document.querySelector(link.hash);
  word = link;
  box.replaceChildren(...[...entry.children].map((part) => Object.assign(document.createElement("p"), { textContent: part.textContent })));
  box.setAttribute("aria-label", entry.firstElementChild.textContent);
  box.lang = entry.closest("[lang]").lang;
  link.after(box); // so that reading goes on behind the word
  box.showPopover();
  place();
  box.focus({ preventScroll: true });
}

function place() {
  const at = word.getClientRects()[0];
  const { clientWidth, clientHeight } = document.documentElement;
  const fitsBelow = at.bottom + 6 + box.offsetHeight <= clientHeight;
  const left = Math.max(8, Math.min(at.left, clientWidth - box.offsetWidth - 8));
  const top = fitsBelow ? at.bottom + 6 : Math.max(8, at.top - box.offsetHeight - 6);
  Object.assign(box.style, { left: `${left + scrollX}px`, top: `${top + scrollY}px` }); // on the page, so that it moves with its word
}

if (links.length && "popover" in box) {
  for (const link of links) {
    link.setAttribute("aria-haspopup", "dialog");
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      show(link);
    });
  }
  // Whoever goes on with the keyboard sees where.
  box.addEventListener("focusout", (event) => event.relatedTarget && !box.contains(event.relatedTarget) && box.hidePopover());
  box.addEventListener("toggle", (event) => {
    // Where focus went elsewhere by the reader's own doing it stays there.
    if (event.newState === "closed" && (box.contains(document.activeElement) || document.activeElement === document.body)) word.focus({ preventScroll: true });
  });
}
