// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/importdialog.h"

#include "base/userfiles.h"
#include "config/configurationdiff.h"
#include "models/changetext.h"
#include "theme/theme.h"
#include "widgets/elidedcombo.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFontDatabase>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QTimer>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds importSettle{150};

} // namespace

ImportDialog::ImportDialog(const Configuration &draft, QWidget *parent)
    : QDialog(parent), m_draft(draft), m_target(new ElidedCombo), m_text(new QPlainTextEdit), m_said(new QLabel),
      m_result(new QTreeWidget), m_soon(new QTimer(this))
{
    setObjectName(QStringLiteral("importDialog"));
    setWindowTitle(tr("Import a configuration"));
    m_target->setObjectName(QStringLiteral("importTarget"));
    m_target->setAccessibleName(tr("What the text is of"));
    for (const InterchangeTarget &t : interchangeTargets()) {
        if (t.read)
            m_target->addItem(QString::fromUtf8(t.label), QString::fromLatin1(t.key));
    }
    m_text->setObjectName(QStringLiteral("importText"));
    m_text->setAccessibleName(tr("The other tool's configuration"));
    m_text->setPlaceholderText(tr("Paste the other tool's configuration, or open its file."));
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setTabChangesFocus(true);
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_said->setObjectName(QStringLiteral("importSaid"));
    m_said->setWordWrap(true);
    m_said->setTextFormat(Qt::PlainText);
    m_result->setObjectName(QStringLiteral("importResult"));
    m_result->setAccessibleName(tr("What it says"));
    m_result->setHeaderLabels({tr("Setting"), tr("Now"), tr("Then")});
    m_result->setAlternatingRowColors(true);
    m_result->header()->setStretchLastSection(true);
    auto *split = new QSplitter(Qt::Vertical);
    split->setChildrenCollapsible(false);
    split->addWidget(m_text);
    split->addWidget(m_result);
    split->setSizes({260, 300});
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_take = buttons->addButton(tr("&Put into the draft"), QDialogButtonBox::AcceptRole);
    m_take->setObjectName(QStringLiteral("importTake"));
    auto *open = new QPushButton(tr("&Open a file …"));
    open->setObjectName(QStringLiteral("importOpen"));
    open->setAutoDefault(false);
    auto *head = new QHBoxLayout;
    auto *label = new QLabel(tr("&From"));
    label->setBuddy(m_target);
    head->addWidget(label);
    head->addWidget(m_target);
    head->addWidget(open);
    head->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, Theme::inset, Theme::inset, Theme::gap);
    column->addLayout(head);
    column->addWidget(split, 1);
    column->addWidget(m_said);
    column->addWidget(buttons);
    resize(QSize(900, 680).boundedTo(parent ? parent->size() - QSize(60, 60) : QSize(900, 680)));

    m_choose = [](QWidget *asker) { return QFileDialog::getOpenFileName(asker, tr("Open")); };
    m_soon->setSingleShot(true);
    m_soon->setInterval(importSettle);
    connect(m_soon, &QTimer::timeout, this, &ImportDialog::readNow);
    connect(m_target, &QComboBox::currentIndexChanged, this, &ImportDialog::readNow);
    connect(m_text, &QPlainTextEdit::textChanged, m_soon, qOverload<>(&QTimer::start));
    connect(open, &QPushButton::clicked, this, &ImportDialog::openFile);
    connect(buttons, &QDialogButtonBox::accepted, this, &ImportDialog::take);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    readNow();
}

void ImportDialog::openFile()
{
    const QString path = m_choose(this);
    if (path.isEmpty())
        return;
    const auto bytes = readBoundedFile(path, largestInterchangeFile);
    if (!bytes) {
        m_said->setText(tr("%1 cannot be read. Check the path and its permissions; it must be a file of at most 256 KB.").arg(path));
        return;
    }
    const QString name = QFileInfo(path).fileName();
    for (int i = 0; i < m_target->count(); ++i) { // a name that one of them has
        if (name == QLatin1String(interchangeTarget(m_target->itemData(i).toString())->file)) {
            m_target->setCurrentIndex(i);
            break;
        }
    }
    m_text->setPlainText(QString::fromUtf8(*bytes));
    readNow();
}

void ImportDialog::addGroup(const QString &title, const QVector<QStringList> &rows)
{
    if (rows.isEmpty())
        return;
    auto *group = new QTreeWidgetItem(m_result, {QStringLiteral("%1 (%2)").arg(title).arg(rows.size())});
    group->setFirstColumnSpanned(true);
    group->setFont(0, Theme::font(TextRole::Title));
    group->setExpanded(true);
    for (const QStringList &row : rows) {
        auto *item = new QTreeWidgetItem(group, row);
        item->setFirstColumnSpanned(row.size() == 1);
        item->setToolTip(0, row.join(QStringLiteral("  ")));
    }
}

void ImportDialog::readNow()
{
    m_soon->stop();
    m_result->clear();
    m_said->clear();
    m_take->setEnabled(false);
    const QByteArray text = m_text->toPlainText().toUtf8();
    if (text.trimmed().isEmpty())
        return;
    const Imported imported = importFrom(*interchangeTarget(m_target->currentData().toString()), text, m_draft);
    m_imported = imported.configuration;
    const bool failed = hasErrors(imported.issues);
    QVector<QStringList> changes, errors, warnings, notTaken;
    for (const ConfigIssue &issue : imported.issues)
        (issue.severity == ConfigIssue::Severity::Error ? errors : warnings) << QStringList{issue.where + QStringLiteral(": ") + issue.message};
    for (const QString &place : imported.notTaken)
        notTaken << QStringList{place};
    QHash<ProviderId, QString> names = namesOf(m_draft);
    names.insert(namesOf(m_imported));
    const ConfigurationChanges all = failed ? ConfigurationChanges() : changesBetween(m_draft, m_imported);
    for (const ConfigurationChange &c : all)
        changes << QStringList{changeLabel(c.path, names), changeValue(c.path, c.before, names),
                               changeValue(c.path, c.after, names)};
    addGroup(tr("Cannot be imported"), errors);
    addGroup(tr("To look at"), warnings);
    addGroup(tr("Changes the draft"), changes);
    addGroup(tr("Has no counterpart and is not taken"), notTaken);
    for (int c = 0; c < 2; ++c) {
        m_result->resizeColumnToContents(c);
        m_result->setColumnWidth(c, std::clamp(m_result->columnWidth(c), 160, 320));
    }
    m_take->setEnabled(!changes.isEmpty());
    if (!failed && changes.isEmpty())
        m_said->setText(tr("The draft says the same already."));
}

void ImportDialog::take()
{
    if (m_soon->isActive()) // typed a moment ago
        readNow();
    if (!m_take->isEnabled())
        return;
    emit importRequested(m_imported);
    accept();
}

} // namespace retryscope
