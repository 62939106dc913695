// A rich text editor stands in a text area's place and takes over its label, description and error for those who cannot see it.
document.addEventListener("prose-editor:ready", (event) => {
  const { editor, textarea } = event.detail
  const field = editor.view.dom
  const label = document.querySelector(`label[for="${textarea.id}"]`)
  field.setAttribute("role", "textbox")
  field.setAttribute("aria-multiline", "true")
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (textarea.hasAttribute(name)) field.setAttribute(name, textarea.getAttribute(name))
  }
  if (label) {
    field.setAttribute("aria-label", label.textContent.replace(/:\s*$/, ""))
    label.addEventListener("click", () => editor.commands.focus())
  }
})
