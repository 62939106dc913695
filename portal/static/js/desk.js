// The form of a draft, while somebody writes in it: what is typed is kept on the server every few seconds, a line says who else is
// here, and the token of the form stays that of the login, so that logging in anew in another window does not make it stale.
const line = document.querySelector("[data-autosave]")
const EVERY = 5000 // milliseconds; the seat of somebody who is silent for 30 seconds is empty

if (line) {
  const form = line.closest("form")
  const kept = line.querySelector(".kept")
  const others = line.querySelector(".others")
  const trouble = line.querySelector(".trouble") // read out, and in sight wherever one writes; that all is well is neither
  const waits = "waits" in line.dataset // kept text is not written over before somebody has decided about it
  const hadToken = Boolean(cookie())
  // What came back is not what the rest of the page tells of: it is sent at the first beat.
  let last = "cameBack" in line.dataset ? null : written()
  let isSending = false
  let isLeaving = false // the form itself is on its way

  if (waits) kept.textContent = "What you type now is not kept before you have decided about the text below. It is the draft's text when you save it."

  function cookie() {
    return document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1]
  }

  function token() {
    return cookie() ?? form.elements.csrfmiddlewaretoken.value
  }

  // Who logs out in another window takes the token along, and without it nothing that is sent is taken.
  function isLoggedOut() {
    return hadToken && !cookie()
  }

  function sayLoggedOut() {
    trouble.textContent = "You are logged out. What you typed is still here: log in in another window first, then come back and save it."
  }

  function written() {
    const data = new FormData(form)
    data.delete("csrfmiddlewaretoken")
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name)
    return new URLSearchParams(data).toString()
  }

  function say(answer) {
    if (answer.kept_at && !waits) kept.textContent = `What you typed is kept as of ${answer.kept_at}. It is the draft's text when you save it.`
    const also = answer.others.length
      ? `Also here now: ${answer.others.join(", ")}. You may both write; what you each save is joined.`
      : ""
    const newer = answer.is_newer ? " Somebody has saved the draft since you opened it: when you save, both texts are joined." : ""
    if (others.textContent.trim() !== (also + newer).trim()) others.textContent = also + newer
    for (const [field, panel] of Object.entries(answer.panels)) show(field, panel)
  }

  // What a text costs its reader stands below the field that it is written in, in a row of its own.
  function show(field, panel) {
    const [, part, name] = field.match(/^(?:(.*)-)?([a-z_]+)$/)
    const place = (part ? document.getElementById(part) : document)?.querySelector(`.field-${name}_language .readonly`)
    if (!place || place.innerHTML === panel) return
    const open = [...place.querySelectorAll("details")].map((details) => details.open)
    place.innerHTML = panel
    place.querySelectorAll("details").forEach((details, index) => { details.open = open[index] ?? false })
  }

  async function keep() {
    if (isSending || isLeaving) return
    if (isLoggedOut()) return sayLoggedOut()
    const now = written()
    const isChanged = now !== last && !waits
    const body = new URLSearchParams(isChanged ? now : "")
    body.set("seen", form.elements.version.value)
    isSending = true
    try {
      const response = await fetch(line.dataset.autosave, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token(), Accept: "application/json" },
        redirect: "manual",
      })
      if (response.status === 409 || response.status === 404) {
        trouble.textContent = "This draft takes no more changes: it was published, withdrawn or discarded. Your text is still here; press Save to see all of it."
      } else if (response.ok) {
        if (isChanged) last = now
        trouble.textContent = ""
        say(await response.json())
      } else {
        trouble.textContent = "You are not logged in any more. What you typed is still here: press Save and log in, and you come back to it."
      }
    } catch {
      trouble.textContent = "The site does not answer just now. What you typed is still here; it is kept again as soon as it does."
    } finally {
      isSending = false
    }
  }

  setInterval(keep, EVERY)
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keep())
  form.addEventListener("submit", (event) => {
    if (isLoggedOut()) {
      event.preventDefault()
      sayLoggedOut()
      return
    }
    form.elements.csrfmiddlewaretoken.value = token()
    isLeaving = true
  })
  addEventListener("pageshow", (event) => { if (event.persisted) isLeaving = false }) // came back to
}
