// Marks in the contents the section that is being read.

const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const sections = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);

function mark(current) {
  for (const [id, link] of links) {
    if (id === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// The section whose head was the last to pass the upper third of the window.
const observer = new IntersectionObserver(
  () => {
    const passed = sections.filter((section) => section.getBoundingClientRect().top < window.innerHeight / 3);
    mark(passed.at(-1)?.id);
  },
  { rootMargin: "0px 0px -66% 0px", threshold: [0, 1] },
);
sections.forEach((section) => observer.observe(section));
