// Reads an article aloud with a voice that lives in the reader's own browser. A voice that speaks from another machine would tell
// that machine what is read here, so only local voices count; where there is none, the button stays hidden.

const button = document.querySelector(".listen");
const article = document.querySelector("article");
const speech = window.speechSynthesis;
const READ_ALOUD = "h1, .lead, .notice, blockquote, section h2, section h3, section h4, section p, section li, section td, section th, figcaption";
const LEFT_OUT = ".gate, .review, .references, .contents, #related, .words, .meaning, .call, .credit";

let waiting = []; // passages
let speaking = null; // the utterance under way; one that was stopped may still say that it ended

function localVoice() {
  const language = article.lang || "en";
  return speech.getVoices().find((voice) => voice.localService && voice.lang.toLowerCase().startsWith(language));
}

function offer() {
  if (localVoice()) button.hidden = false;
}

function passages() {
  return [...article.querySelectorAll(READ_ALOUD)].filter(
    (passage) => !passage.closest(LEFT_OUT) && words(passage),
  );
}

function words(passage) {
  const copy = passage.cloneNode(true);
  // What is a passage of its own is read by itself.
  copy.querySelectorAll(`${LEFT_OUT}, p, ul, ol`).forEach((part) => part.remove());
  return copy.textContent.replace(/\s+/g, " ").trim();
}

// One passage an utterance: long ones are cut off by some browsers, and the reader sees where the voice is.
function readNext() {
  mark(null);
  const passage = waiting.shift();
  if (!passage) return stop();
  const voice = localVoice();
  if (!voice) return stop();
  const utterance = new SpeechSynthesisUtterance(words(passage));
  utterance.voice = voice;
  utterance.lang = utterance.voice.lang;
  utterance.onend = () => speaking === utterance && readNext();
  utterance.onerror = () => speaking === utterance && stop();
  speaking = utterance;
  mark(passage);
  speech.speak(utterance);
}

function mark(passage) {
  document.querySelector(".being-read")?.classList.remove("being-read");
  passage?.classList.add("being-read");
}

function stop() {
  waiting = [];
  speaking = null;
  mark(null);
  speech.cancel();
  button.textContent = "Listen";
}

if (button && speech) {
  offer();
  speech.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", () => {
    if (button.textContent === "Stop") return stop();
    waiting = passages();
    button.textContent = "Stop";
    readNext();
  });
  // Some browsers go on speaking on the next page.
  window.addEventListener("pagehide", stop);
}
