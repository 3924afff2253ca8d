"""A model with a field of each kind that is kept differently in SQLite and in PostgreSQL."""
import uuid

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords
from taggit.managers import TaggableManager


class Category(models.Model):
    name = models.CharField(max_length=40, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE)


class Product(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    weight = models.FloatField(null=True)
    stock = models.PositiveSmallIntegerField(default=0)
    is_sold = models.BooleanField(default=False)
    is_checked = models.BooleanField(null=True)
    details = models.JSONField(default=dict)
    made = models.DateTimeField()
    sold_on = models.DateField(null=True)
    opens = models.TimeField(null=True)
    picture = models.BinaryField(null=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    fans = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="likes")
    tags = TaggableManager()
    history = HistoricalRecords()

    class Meta:
        indexes = [models.Index(fields=["state", "-made"], name="shop_state_made")]
        constraints = [
            models.CheckConstraint(check=models.Q(price__gte=0), name="shop_price_positive")
        ]
