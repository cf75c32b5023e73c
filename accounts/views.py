"""The settings page."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import SettingsForm, ThemeForm
from accounts.models import User
from accounts.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    # Its own instance: a form that fails must not change the user that the page's frame shows.
    person = User.objects.get(pk=request.user.pk)
    form = SettingsForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        if person.language:
            translation.activate(person.language)
        messages.success(request, _("Settings saved."))
        return redirect("accounts:settings")
    status = 422 if form.errors else 200
    context = {"form": form, "two_step": is_mfa_enabled(request.user)}
    return render(request, "accounts/settings.html", context, status=status)


@login_required
@require_POST
def save_theme(request: SignedInRequest) -> HttpResponse:
    form = ThemeForm(request.POST, instance=request.user)
    if not form.is_valid():
        return HttpResponse(status=422)
    User.objects.filter(pk=form.instance.pk).update(theme=form.cleaned_data["theme"])
    return HttpResponse(status=204)
