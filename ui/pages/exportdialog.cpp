// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/exportdialog.h"

#include "models/changetext.h"
#include "theme/theme.h"
#include "widgets/elidedcombo.h"
#include "words/interchangewords.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFontDatabase>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QSplitter>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace retryscope {
namespace {

/// As the Tune page has it, where it has it: "Base delay", "OpenAI: model".
struct LossText
{
    QString setting, here;
};

LossText lossTextOf(const LossLine &line, const QHash<ProviderId, QString> &names)
{
    QStringList path = line.field.split(QLatin1Char('.'));
    if (path.first() == QLatin1String("providers") && path.size() > 2) // an id may hold dots
        path = {path.first(), line.field.section(QLatin1Char('.'), 1, -2), path.last()};
    const bool isKnown = (path.first() == QLatin1String("retry") && path.size() == 2 && fieldAt(path))
                      || (path.first() == QLatin1String("providers") && path.size() == 3);
    return isKnown ? LossText{changeLabel(path, names), changeValue(path, line.ours, names)}
                   : LossText{line.field, valueText(line.ours)};
}

} // namespace

ExportDialog::ExportDialog(const Configuration &configuration, const QString &source, QWidget *parent)
    : QDialog(parent), m_configuration(configuration), m_source(source), m_target(new ElidedCombo), m_about(new QLabel),
      m_summary(new QLabel), m_said(new QLabel), m_report(new QTreeWidget), m_file(new QPlainTextEdit)
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export the configuration"));
    m_target->setObjectName(QStringLiteral("exportTarget"));
    m_target->setAccessibleName(tr("What for"));
    for (const InterchangeTarget &t : interchangeTargets())
        m_target->addItem(QString::fromUtf8(t.label), QString::fromLatin1(t.key));
    for (QLabel *label : {m_about, m_said}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
    }
    m_about->setForegroundRole(QPalette::PlaceholderText);
    m_summary->setObjectName(QStringLiteral("exportSummary"));
    m_summary->setFont(Theme::font(TextRole::Title));
    m_said->setObjectName(QStringLiteral("exportSaid"));
    m_report->setObjectName(QStringLiteral("exportReport"));
    m_report->setAccessibleName(tr("What is kept"));
    m_report->setHeaderLabels({tr("Setting"), tr("Here"), tr("There"), tr("Why")});
    m_report->setRootIsDecorated(true);
    m_report->setAlternatingRowColors(true);
    m_report->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_report->header()->setStretchLastSection(true);
    m_file->setObjectName(QStringLiteral("exportFile"));
    m_file->setAccessibleName(tr("The file"));
    m_file->setReadOnly(true);
    m_file->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_file->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));

    auto *split = new QSplitter(Qt::Vertical);
    split->setChildrenCollapsible(false);
    split->addWidget(m_report);
    split->addWidget(m_file);
    split->setSizes({300, 260});
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    QPushButton *saveButton = buttons->addButton(tr("&Save …"), QDialogButtonBox::ActionRole);
    QPushButton *copyButton = buttons->addButton(tr("&Copy"), QDialogButtonBox::ActionRole);
    saveButton->setObjectName(QStringLiteral("exportSave"));
    copyButton->setObjectName(QStringLiteral("exportCopy"));
    saveButton->setDefault(true);
    auto *head = new QHBoxLayout;
    auto *label = new QLabel(tr("&For"));
    label->setBuddy(m_target);
    head->addWidget(label);
    head->addWidget(m_target);
    head->addWidget(m_about, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, Theme::inset, Theme::inset, Theme::gap);
    column->addLayout(head);
    column->addWidget(m_summary);
    column->addWidget(split, 1);
    column->addWidget(m_said);
    column->addWidget(buttons);
    resize(QSize(900, 680).boundedTo(parent ? parent->size() - QSize(60, 60) : QSize(900, 680)));

    connect(m_target, &QComboBox::currentIndexChanged, this, &ExportDialog::showTarget);
    connect(saveButton, &QPushButton::clicked, this, &ExportDialog::save);
    connect(copyButton, &QPushButton::clicked, this, &ExportDialog::copy);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    showTarget();
}

const InterchangeTarget &ExportDialog::target() const { return interchangeTargets()[std::size_t(m_target->currentIndex())]; }

void ExportDialog::addGroup(const LossReport &report, Kept kept)
{
    if (report.count(kept) == 0)
        return;
    const QString name = label(kept);
    auto *group = new QTreeWidgetItem(
        m_report, {QStringLiteral("%1 (%2)").arg(name.left(1).toUpper() + name.mid(1)).arg(report.count(kept))});
    group->setFirstColumnSpanned(true);
    group->setFont(0, Theme::font(TextRole::Title));
    const QHash<ProviderId, QString> names = namesOf(m_configuration);
    for (const LossLine &line : report.lines) {
        if (line.kept != kept)
            continue;
        const LossText text = lossTextOf(line, names);
        auto *item = new QTreeWidgetItem(group, {text.setting, text.here, line.theirs, line.note});
        for (int c = 0; c < 4; ++c)
            item->setToolTip(c, lossText(line));
    }
    group->setExpanded(kept != Kept::Exact); // what is lost is what has to be read
}

void ExportDialog::showTarget()
{
    const Exported exported = exportTo(target(), m_configuration, m_source);
    m_text = exported.text;
    m_about->setText(QString::fromUtf8(target().about));
    m_summary->setText(lossSummary(exported.report));
    m_report->clear();
    for (const Kept kept : {Kept::NotExpressible, Kept::Approximate, Kept::Exact})
        addGroup(exported.report, kept);
    m_file->setPlainText(QString::fromUtf8(m_text));
    for (int c = 0; c < 3; ++c) {
        m_report->resizeColumnToContents(c);
        m_report->setColumnWidth(c, std::min(m_report->columnWidth(c), 240));
    }
    m_said->clear();
    m_said->hide();
}

void ExportDialog::save()
{
    const QString suggested = QDir::home().filePath(QString::fromLatin1(target().file));
    const QString path = m_choose(this, suggested, {});
    if (path.isEmpty())
        return;
    QSaveFile file(path);
    const bool saved = file.open(QIODevice::WriteOnly) && file.write(m_text) == m_text.size() && file.commit();
    m_said->setText(saved ? tr("Saved %1.").arg(path)
                          : tr("%1 could not be written: %2. Check the disk's free space and the folder's permissions.")
                                .arg(path, file.errorString()));
    m_said->show();
}

void ExportDialog::copy()
{
    QApplication::clipboard()->setText(QString::fromUtf8(m_text));
    m_said->setText(tr("Copied."));
    m_said->show();
}

} // namespace retryscope
