"""Asks the database through Django's own API; the same data gives the same lines."""
import datetime as dt
import json
import os
from decimal import Decimal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
import django

django.setup()
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.db.models import Avg, Count, Max, Min, Q, Sum
from django.db.models.functions import ExtractHour, Lower, TruncMonth
from rest_framework.authtoken.models import Token
from shop.models import Category, Product
from taggit.models import Tag



def shown(cell):
    # PostgreSQL keeps the members of an object in an order of its own. How many places a number has after
    # the point, Django does not tell SQLite.
    if isinstance(cell, Decimal):
        return str(cell.normalize())
    return json.dumps(cell, sort_keys=True) if isinstance(cell, dict) else repr(cell)


for model in sorted(apps.get_models(), key=lambda model: model._meta.label):
    # Which migrations were applied, and when, is each database's own.
    if model._meta.label == "migrations.Migration":
        continue
    for row in model.objects.order_by(model._meta.pk.name).values_list():
        cells = [bytes(cell) if isinstance(cell, memoryview) else cell for cell in row]
        print(model._meta.label, [shown(cell) for cell in cells])
bob = User.objects.get(username="bøb")
print("login", authenticate(username="bøb", password="geheim") == bob)
print("may", bob.has_perm("shop.change_product"), bob.has_perm("auth.add_user"))
print("token", Token.objects.get(user=bob).user.username)
print("session", Session.objects.get().get_decoded())
print("json", list(Product.objects.filter(details__nested__b=True, details__n__lt=5).order_by("pk").values_list("pk", flat=True)))
print("tags", list(Tag.objects.annotate(n=Count("taggit_taggeditem_items")).order_by("name").values_list("name", "slug", "n")))
print("tagged", list(Product.objects.filter(tags__name__in=["tag 1"]).distinct().order_by("pk").values_list("pk", flat=True)))
print("sums", Product.objects.aggregate(p=Sum("price"))["p"].quantize(Decimal("0.01")), Product.objects.aggregate(Max("made"), Min("sold_on"), Count("weight"), Sum("stock")))
print("average", round(Product.objects.aggregate(Avg("weight"))["weight__avg"], 9))
print("months", list(Product.objects.annotate(m=TruncMonth("made")).values("m").annotate(n=Count("pk")).order_by("m").values_list("m", "n")))
print("hours", list(Product.objects.annotate(h=ExtractHour("made")).order_by("pk").values_list("h", flat=True)[:5]))
print("booleans", Product.objects.filter(Q(is_sold=True) & ~Q(is_checked=True)).count(), Product.objects.filter(is_checked=None).count())
print("uuid", Product.objects.get(key="00000000-0000-0000-0000-000000001ef0").pk)
print("children", list(Category.objects.filter(parent__name="Alles").values_list("name", flat=True)))
print("lower", list(Product.objects.annotate(l=Lower("owner__first_name")).order_by("pk").values_list("l", flat=True)[:3]))
print("history", Product.history.filter(id=1).count(), Product.history.filter(history_type="-").count())
print("permissions", Permission.objects.filter(content_type__model="product").count())
if apps.is_installed("visits"):
    Visit = apps.get_model("visits", "Visit")
    print("address", Visit.objects.filter(address="10.0.0.1").count())
    print("lasted", Visit.objects.aggregate(Max("lasted"), Min("lasted")))
    print("hours", Visit.objects.filter(lasted__gt=dt.timedelta(hours=30)).count())
