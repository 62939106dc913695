"""Report a mistake: text only, no account, nothing about who sent it."""

from allauth.core import ratelimit
from django import forms
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conditions.models import MistakeReport


class Bait(forms.CharField):
    """A field that people leave empty, since they do not see it; programs that fill every field do not."""

    is_bait = True


class ReportForm(forms.ModelForm):
    website = Bait(
        required=False, label="Leave this empty", widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )

    class Meta:
        model = MistakeReport
        fields = ["page", "text"]
        widgets = {"page": forms.TextInput(attrs={"autocomplete": "off"}), "text": forms.Textarea(attrs={"rows": 8})}
        labels = {"page": "Which page is it about?", "text": "What is wrong, or missing?"}
        help_texts = {
            "page": "Its address, if you know it. You can leave this empty.",
            "text": "Please leave out names, addresses and other details about yourself.",
        }
        error_messages = {"text": {"required": "Write what is wrong, then send it again."}}


# Without a token, on purpose: the form acts in nobody's name, and a token would set a cookie on every visitor.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def report(request):
    form = ReportForm(request.POST if request.method == "POST" else None, initial={"page": request.GET.get("page", "")[:300]})
    if form.is_valid():
        if not ratelimit.consume(request, action="report"):
            form.add_error(None, "Many reports came from your connection just now. Please wait a minute, then send it again.")
            return render(request, "conditions/report_form.html", {"form": form}, status=429)
        if not form.cleaned_data["website"]:
            form.save()
        return redirect("conditions:report_sent")
    return render(request, "conditions/report_form.html", {"form": form}, status=422 if form.errors else 200)
