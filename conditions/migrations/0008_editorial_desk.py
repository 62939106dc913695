"""The editorial desk: approvals and contributions, comments, schedule, audit, seats, preview links, review clock, counts; and the
groups' permissions for them."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

from conditions.models.audit import TRIGGERS

APPROVING = ["approve_revision", "record_review"]
LINKS = ["view_previewlink", "add_previewlink", "change_previewlink"]
GROUPS = {
    "Author": ["view_reviewer", *LINKS],
    "Editor": ["view_reviewer", "add_reviewer", "change_reviewer", "view_auditentry", "load_articles", *APPROVING, *LINKS],
    "Reviewer": ["view_reviewer", "view_auditentry", *APPROVING],
}


def allow_groups(apps, schema_editor):
    # As in the migrations before: permissions are made now, and the historical app has no models module of its own.
    config = apps.get_app_config("conditions")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for group in Group.objects.filter(name__in=GROUPS):  # a group that was taken away does not come back
        group.permissions.add(*Permission.objects.filter(content_type__app_label="conditions", codename__in=GROUPS[group.name]))


def mark_what_is_published(apps, schema_editor):
    """Say of what went out before approvals were kept that it did, so that it can stand beside what needs one."""
    published = apps.get_model("conditions", "Revision").objects.exclude(state__in=["draft", "in-review"])
    published.filter(origin="file").update(approval="operator")
    published.filter(origin="desk").update(approval="earlier")


def make_authors(apps, schema_editor):
    """Let whoever began a draft that is open now be its author, as for every later one."""
    begun = apps.get_model("conditions", "Revision").objects.filter(state__in=["draft", "in-review", "approved"])
    Contribution = apps.get_model("conditions", "Contribution")
    Contribution.objects.bulk_create(
        Contribution(revision=draft, user_id=draft.created_by_id, role="author") for draft in begun.exclude(created_by=None)
    )


def make_triggers(apps, schema_editor):
    for statement in TRIGGERS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0007_related_articles_and_glossary"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("started", "Started a draft"),
                            ("restored", "Started a draft from an old revision"),
                            ("saved", "Saved the draft"),
                            ("merged", "Saved the draft, together with what others had saved meanwhile"),
                            ("submitted", "Submitted it for review"),
                            ("changes-requested", "Asked for changes"),
                            ("approved", "Approved it"),
                            ("back-to-draft", "It became a draft again: the text changed"),
                            ("scheduled", "Scheduled it"),
                            ("unscheduled", "Took it off the schedule"),
                            ("published", "Published it"),
                            ("held", "Was not published at its time"),
                            ("withdrawn", "Withdrew it"),
                            ("discarded", "Discarded the draft"),
                            ("reviewed", "Recorded a review of the whole page"),
                            ("assigned", "Changed owner, deputy or review dates"),
                            ("link-made", "Made a link for an outside reviewer"),
                            ("link-revoked", "Ended a link for an outside reviewer"),
                            ("loaded", "Loaded it from a file"),
                            ("exported", "Exported articles"),
                            ("refused", "Was refused"),
                        ],
                        max_length=20,
                    ),
                ),
                ("user_pk", models.BigIntegerField(null=True)),
                ("who", models.CharField(help_text="The address of the person at the time, or what ran.", max_length=254)),
                ("article_pk", models.BigIntegerField(db_index=True, null=True)),
                ("article", models.CharField(blank=True, max_length=120)),
                ("revision_number", models.PositiveIntegerField(null=True)),
                (
                    "detail",
                    models.CharField(
                        blank=True, help_text="Without words of a draft, which may be a members' text.", max_length=500
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of the audit",
                "verbose_name_plural": "audit: who did what",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CodeDemand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="Its first day.")),
                ("count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "section",
                    models.CharField(blank=True, help_text="The kind of the section; empty for the whole text.", max_length=20),
                ),
                ("text", models.TextField(max_length=2000, validators=[django.core.validators.MaxLengthValidator(2000)])),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(choices=[("author", "Author"), ("approver", "Approver")], max_length=8)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="LinkCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.URLField(max_length=500, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("ok", "Answers"), ("broken", "Broken"), ("unreachable", "Could not be reached")], max_length=12
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=200)),
                ("checked_at", models.DateTimeField()),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["url"],
            },
        ),
        migrations.CreateModel(
            name="PreviewLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "for_whom",
                    models.CharField(
                        help_text="So that you know later whose link this is.", max_length=120, verbose_name="for whom"
                    ),
                ),
                ("shows_members_text", models.BooleanField(default=False, verbose_name="with members' text")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Reviewer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="As readers see it: “Amina Okafor”, or “Dr Amina Okafor”. Degrees and post go below.",
                        max_length=120,
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        help_text="The page's address: lower-case words joined by hyphens.",
                        max_length=100,
                        unique=True,
                        verbose_name="address",
                    ),
                ),
                (
                    "credentials",
                    models.CharField(help_text="Profession, qualifications and post, as the person gives them.", max_length=300),
                ),
                (
                    "interests",
                    models.TextField(
                        help_text="Who pays or paid the person, and what else might sway them. Where there is nothing, write that.",
                        max_length=1000,
                        verbose_name="declared interests",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ReviewReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_on", models.DateField()),
                ("days", models.PositiveSmallIntegerField(help_text="How many days before.")),
                ("sent_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField()),
                ("form", models.JSONField(help_text="The form as the browser would send it: {name: [value, …]}.", null=True)),
                ("form_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AlterModelOptions(
            name="article",
            options={
                "ordering": ["slug", "language"],
                "permissions": [
                    ("record_review", "Can record that a clinician has reviewed an article"),
                    ("load_articles", "Can load article files as drafts"),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="revision",
            options={
                "ordering": ["article", "-number"],
                "permissions": [
                    ("view_draft", "Can see drafts and their gated text"),
                    ("approve_revision", "Can approve a revision, or ask for changes"),
                    ("publish_revision", "Can publish a revision"),
                    ("withdraw_revision", "Can withdraw a published article"),
                ],
            },
        ),
        migrations.AddField(
            model_name="article",
            name="review_months",
            field=models.PositiveSmallIntegerField(
                default=36,
                help_text="After how many months the whole page is to be read again.",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)],
                verbose_name="months between reviews",
            ),
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="note",
            field=models.TextField(blank=True, help_text="For the desk: what was found, and what was done.", max_length=2000),
        ),
        migrations.AddField(
            model_name="mistakereport",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                help_text="Who looks after it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="approval",
            field=models.CharField(
                blank=True,
                choices=[
                    ("second-person", "By a second person"),
                    ("operator", "By the site's operator, who loaded it from a file or ran a command"),
                    ("earlier", "Published before approvals were kept"),
                ],
                editable=False,
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="approved_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="revision",
            name="approved_digest",
            field=models.CharField(
                blank=True, editable=False, help_text="SHA-256 of what was approved: what changed since is not.", max_length=64
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="grade",
            field=models.FloatField(
                blank=True,
                editable=False,
                help_text="Of the hardest part long enough to have one.",
                null=True,
                verbose_name="reading grade",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="hard_because",
            field=models.CharField(
                blank=True,
                help_text="Needed where a part reads above grade 8: why it cannot be said more plainly. It is kept.",
                max_length=300,
                verbose_name="why it is hard to read",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="held_because",
            field=models.TextField(blank=True, editable=False, help_text="What kept it from being published at its time."),
        ),
        migrations.AddField(
            model_name="revision",
            name="names_then",
            field=models.JSONField(
                blank=True, editable=False, help_text="The names that readers saw when it was published: [text, …].", null=True
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="publish_at",
            field=models.DateTimeField(blank=True, editable=False, help_text="When it is to be published.", null=True),
        ),
        migrations.AddField(
            model_name="revision",
            name="submitted_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="revision",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False, help_text="Counts the changes to a draft, from 1."),
        ),
        migrations.AlterField(
            model_name="article",
            name="review_due_on",
            field=models.DateField(
                blank=True,
                help_text="When the whole page is to be read again. Recording a review counts the months from its day.",
                null=True,
                verbose_name="next review due on",
            ),
        ),
        migrations.AlterField(
            model_name="mistakereport",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("in-work", "In progress"),
                    ("done", "Done"),
                    ("no-mistake", "Looked at, and no mistake"),
                ],
                default="new",
                max_length=12,
            ),
        ),
        migrations.RunPython(mark_what_is_published, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "in-review"]),
                    ("change_kind", "editorial"),
                    models.Q(("approval", ""), _negated=True),
                    _connector="OR",
                ),
                name="clinical_change_is_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approval", "second-person"), _negated=True),
                    models.Q(("approved_at__isnull", False), models.Q(("approved_digest", ""), _negated=True)),
                    _connector="OR",
                ),
                name="approval_knows_its_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("publish_at__isnull", True), models.Q(("state__in", ["draft", "in-review"]), _negated=True), _connector="OR"
                ),
                name="scheduled_revision_is_approved",
            ),
        ),
        migrations.AddField(
            model_name="codedemand",
            name="item",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="conditions.item"),
        ),
        migrations.AddField(
            model_name="comment",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="revision",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="conditions.revision"),
        ),
        migrations.AddField(
            model_name="contribution",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="contributions", to="conditions.revision"
            ),
        ),
        migrations.AddField(
            model_name="contribution",
            name="user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="previewlink",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="previewlink",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="preview_links", to="conditions.revision"
            ),
        ),
        migrations.AddField(
            model_name="reviewer",
            name="user",
            field=models.OneToOneField(
                blank=True,
                help_text="The person's account at the desk, if there is one. It is not shown.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="reviewer",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                help_text="The clinician who read it. Readers see the name, and a page about the person.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="reviewed_articles",
                to="conditions.reviewer",
            ),
        ),
        migrations.AddField(
            model_name="reviewreminder",
            name="article",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="conditions.article"),
        ),
        migrations.AddField(
            model_name="seat",
            name="revision",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="conditions.revision"),
        ),
        migrations.AddField(
            model_name="seat",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name="codedemand",
            constraint=models.UniqueConstraint(fields=("item", "month"), name="one_count_a_month"),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.UniqueConstraint(fields=("revision", "user"), name="approver_is_no_author"),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.UniqueConstraint(condition=models.Q(("role", "approver")), fields=("revision",), name="one_approver"),
        ),
        migrations.AddConstraint(
            model_name="previewlink",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))), name="preview_link_ends"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewreminder",
            constraint=models.UniqueConstraint(fields=("article", "due_on", "days"), name="reminded_once"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("revision", "user"), name="one_seat_a_person"),
        ),
        migrations.RunPython(make_authors, migrations.RunPython.noop),
        migrations.RunPython(make_triggers, migrations.RunPython.noop),
        migrations.RunPython(allow_groups, migrations.RunPython.noop),
    ]
