"""Fills the project's database through Django's own API."""
import datetime as dt
import os
import uuid
from decimal import Decimal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
import django

django.setup()
from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from rest_framework.authtoken.models import Token
from shop.models import Category, Product

ada = User.objects.create_superuser("ada", "ada@example.com", "secret")
bob = User.objects.create_user("bøb", None, "geheim", first_name="Böb 🐍", last_name="O'Neil")
editors = Group.objects.create(name="editors")
editors.permissions.add(*Permission.objects.filter(content_type__app_label="shop"))
bob.groups.add(editors)
Token.objects.create(user=bob)
root = Category.objects.create(name="Alles")
tools = Category.objects.create(name="Werkzeuge", parent=root)
Category.objects.create(name="gone").delete()
berlin = dt.timezone(dt.timedelta(hours=2))
for number in range(40):
    product = Product.objects.create(
        key=uuid.UUID(int=number * 7919 + 1),
        name=f"Größe {number} \\ 'x' \"y\" \t %",
        state=Product.State.PUBLISHED if number % 3 else Product.State.DRAFT,
        price=Decimal(number * 1999) / 100,
        weight=None if number % 5 == 0 else number / 7,
        stock=number * 100,
        is_sold=number % 2 == 1,
        is_checked=[None, True, False][number % 3],
        details={"n": number, "list": [1, 2.5, None, "ü"], "nested": {"b": True, "a": ""}},
        made=dt.datetime(2024, 1 + number % 12, 28, 23, 59, 59, 999999 - number, tzinfo=berlin),
        sold_on=None if number % 4 else dt.date(2024, 2, 29),
        opens=None if number % 4 == 1 else dt.time(8, 30, number, number),
        picture=None if number % 6 else bytes(range(256)),
        category=tools if number % 2 else None,
        owner=ada if number % 3 else bob,
    )
    product.fans.set([ada, bob][: number % 3])
    product.tags.add("rot", f"tag {number % 4}")
    if apps.is_installed("visits"):
        apps.get_model("visits", "Visit").objects.create(
            product=product,
            lasted=None if number % 4 == 2 else dt.timedelta(days=number, microseconds=number - 5),
            address=[None, "10.0.0.1", "2001:db8::1"][number % 3],
        )
first = Product.objects.get(pk=1)
first.name = "renamed"
first.save()
Product.objects.get(pk=40).delete()
LogEntry.objects.log_action(
    ada.pk, ContentType.objects.get_for_model(Product).pk, first.pk, str(first), ADDITION, "made"
)
session = SessionStore()
session["cart"] = [1, 2, 3]
session.create()
