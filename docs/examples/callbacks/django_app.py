"""Scale's callbacks with Django, in one file: ``wsgi`` for WSGI servers, ``asgi`` for ASGI servers.

What stands at the end belongs into a project's ``wsgi.py`` or ``asgi.py``. A middleware of
Django's own would be asked too late: under ASGI Django has read the whole body by then.
"""

from __future__ import annotations

import json

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import scale_secrets
from scale_secrets.callback import asgi as for_asgi
from scale_secrets.callback import wsgi as for_wsgi

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"])


@csrf_exempt  # Scale has no session here; its header is the proof
@require_POST
def callback(request: HttpRequest) -> HttpResponse:
    task = json.loads(request.body)
    return JsonResponse({"received": task["task_id"]})


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("scale/callbacks", callback), path("health", health)]

callbacks = scale_secrets.load("live").callbacks
paths = ["/scale/callbacks"]
wsgi = for_wsgi.CallbackMiddleware(get_wsgi_application(), callbacks, paths=paths)
asgi = for_asgi.CallbackMiddleware(get_asgi_application(), callbacks, paths=paths)
