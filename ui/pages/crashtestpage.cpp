// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/crashtestpage.h"

#include "base/systemclock.h"
#include "engine/targets.h"
#include "widgets/dresstable.h"
#include "widgets/elidedcombo.h"
#include "words/crashtestwords.h"
#include "words/labels.h"

#include <QClipboard>
#include <QComboBox>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int together = 6; ///< cases at once: the window goes on meanwhile
constexpr int detailWidth = 300;
constexpr int caseWidth = 30; ///< characters of a case's name
enum Tested { InForce, Draft };

/// Leaves out what the detail says, too, where it has no room for it. What the configuration did is read whole: rows
/// have two lines where one is too short for most, and grow where two are.
class CaseTable final : public QTableView
{
public:
    CaseTable()
    {
        verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
        connect(horizontalHeader(), &QHeaderView::sectionResized, this, [this](int column) {
            if (column == CrashTestModel::Did || column == CrashTestModel::Case)
                resizeRowsToContents();
        });
    }

protected:
    void resizeEvent(QResizeEvent *event) override
    {
        const int wide = width() / std::max(1, fontMetrics().averageCharWidth());
        setColumnHidden(CrashTestModel::Requests, wide < requestsFrom);
        setColumnHidden(CrashTestModel::Did, wide < didFrom);
        setColumnHidden(CrashTestModel::Took, wide < tookFrom);
        const auto mode = wide < didFrom ? QHeaderView::Stretch : QHeaderView::Interactive;
        if (mode != horizontalHeader()->sectionResizeMode(CrashTestModel::Case)) {
            horizontalHeader()->setSectionResizeMode(CrashTestModel::Case, mode);
            if (mode == QHeaderView::Interactive) // not what was left for it where there was no room
                setColumnWidth(CrashTestModel::Case, caseWidth * fontMetrics().averageCharWidth() + Theme::cellMargins);
        }
        const int lines = wide < didFrom || wide >= oneLineFrom ? 1 : 2;
        verticalHeader()->setMinimumSectionSize(lines * fontMetrics().lineSpacing() + (lines > 1 ? 6 : 12));
        QTableView::resizeEvent(event);
    }

private:
    static constexpr int tookFrom = 60, didFrom = 75, requestsFrom = 110, oneLineFrom = 130; ///< characters
};

QLabel *words(const char *name)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

} // namespace

CrashTestPage::CrashTestPage(const Theme &theme, const ConfigurationDraft &draft, CrashLimits limits, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_draft(draft), m_test(limits, together),
      m_model(new CrashTestModel(theme, this)), m_job(new ExportJob(this)), m_what(new ElidedCombo),
      m_run(new QPushButton), m_again(new QPushButton(tr("Run this case"))), m_tune(new QPushButton(tr("Show in Tune"))),
      m_export(new QToolButton), m_bar(new QProgressBar), m_score(words("crashScore")),
      m_message(words("crashMessage")), m_detail(words("crashDetail")), m_table(new CaseTable)
{
    auto *split = new QSplitter;
    split->setObjectName(QStringLiteral("crashSplit"));
    split->setProperty("cards", true);
    split->setChildrenCollapsible(false);
    split->addWidget(buildTable());
    split->addWidget(buildDetail());
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 1);
    m_message->hide();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 12, Theme::page, 8);
    column->setSpacing(8);
    column->addLayout(buildHead());
    column->addLayout(buildProgress());
    column->addWidget(split, 1);
    column->addWidget(m_message);
    connect(&m_test, &CrashTest::caseStarted, m_model, &CrashTestModel::setRunning);
    connect(&m_test, &CrashTest::caseFinished, this, [this](const CrashResult &result) {
        m_model->setResult(result);
        showProgress();
        if (result.key == selectedKey())
            showDetail();
    });
    connect(&m_test, &CrashTest::finished, this, &CrashTestPage::onFinished);
    connect(m_job, &ExportJob::finished, this, [this](bool, const QString &sentence) {
        m_message->setText(sentence);
        m_message->show();
        showProgress();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &CrashTestPage::showDetail);
    connect(&theme, &Theme::changed, this, &CrashTestPage::showDetail);
    m_table->selectRow(0);
    showProgress();
}

QWidget *CrashTestPage::buildTable()
{
    m_table->setObjectName(QStringLiteral("crashTable"));
    m_table->setAccessibleName(tr("Cases of the crash test"));
    m_table->setModel(m_model);
    dressTable(*m_table);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->horizontalHeader()->setSectionResizeMode(CrashTestModel::Did, QHeaderView::Stretch);
    const int wide = fontMetrics().averageCharWidth();
    const std::pair<int, int> widths[] = {{CrashTestModel::Verdict, 12},
                                          {CrashTestModel::Case, caseWidth},
                                          {CrashTestModel::Took, 9},
                                          {CrashTestModel::Requests, 20}};
    for (const auto &[column, characters] : widths)
        m_table->setColumnWidth(column, characters * wide + Theme::cellMargins);
    auto *cases = new QFrame;
    cases->setObjectName(QStringLiteral("card"));
    auto *inner = new QVBoxLayout(cases);
    inner->setContentsMargins(1, Theme::radius / 2, 1, Theme::radius / 2); // the corners are round
    inner->addWidget(m_table);
    return cases;
}

QLayout *CrashTestPage::buildHead()
{
    auto *title = new QLabel(tr("Crash test"));
    title->setFont(Theme::font(TextRole::Headline));
    auto *about = words("crashAbout");
    about->setText(tr(
        "What providers do wrong, played to your configuration over real connections, against simulated providers on "
        "this machine. No key leaves it, and nothing costs."));
    about->setForegroundRole(QPalette::PlaceholderText);
    m_what->setObjectName(QStringLiteral("crashWhat"));
    m_what->setAccessibleName(tr("What is tested"));
    m_what->addItems({tr("What is in force"), tr("The draft in Tune")});
    m_run->setObjectName(QStringLiteral("crashRun"));
    m_run->setProperty("primary", true);
    connect(m_run, &QPushButton::clicked, this, [this] { isRunning() ? stop() : run(); });
    auto *shortcut = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), this);
    shortcut->setContext(Qt::WidgetWithChildrenShortcut);
    shortcut->setWhatsThis(tr("Crash test: run all cases, or stop"));
    connect(shortcut, &QShortcut::activated, m_run, &QPushButton::click);
    m_export->setObjectName(QStringLiteral("crashExport"));
    m_export->setText(tr("Report"));
    m_export->setToolTip(tr("Save what came of the cases, or copy it"));
    m_export->setPopupMode(QToolButton::InstantPopup);
    m_export->setProperty("chip", true);
    buildExport();
    auto *row = new QHBoxLayout;
    row->setSpacing(10);
    auto *text = new QVBoxLayout;
    text->setSpacing(6);
    text->addWidget(title);
    text->addWidget(about);
    row->addLayout(text, 1);
    row->addWidget(m_what);
    row->addWidget(m_run);
    row->addWidget(m_export);
    return row;
}

QLayout *CrashTestPage::buildProgress()
{
    m_bar->setObjectName(QStringLiteral("crashBar"));
    m_bar->setAccessibleName(tr("Cases that are over"));
    m_bar->setTextVisible(false);
    m_bar->setMaximumHeight(6);
    QSizePolicy kept = m_bar->sizePolicy(); // what is below stands still when it begins and ends
    kept.setRetainSizeWhenHidden(true);
    m_bar->setSizePolicy(kept);
    auto *column = new QVBoxLayout;
    column->setSpacing(4);
    column->addWidget(m_score);
    column->addWidget(m_bar);
    return column;
}

QWidget *CrashTestPage::buildDetail()
{
    m_detail->setTextFormat(Qt::RichText);
    m_detail->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_again->setObjectName(QStringLiteral("crashAgain"));
    m_tune->setObjectName(QStringLiteral("crashTune"));
    connect(m_again, &QPushButton::clicked, this, [this] { run({selectedKey()}); });
    connect(m_tune, &QPushButton::clicked, this, [this] { emit settingRequested(selectedSetting()); });
    auto *inner = new QWidget;
    inner->setObjectName(QStringLiteral("card"));
    auto *column = new QVBoxLayout(inner);
    column->setContentsMargins(Theme::inset, Theme::gap, Theme::inset, Theme::gap);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(m_detail);
    scroll->viewport()->setAutoFillBackground(false);
    m_detail->setAutoFillBackground(false);
    column->addWidget(scroll, 1);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_again);
    buttons->addWidget(m_tune);
    buttons->addStretch();
    column->addLayout(buttons);
    inner->setMinimumWidth(detailWidth);
    return inner;
}

void CrashTestPage::buildExport()
{
    auto *menu = new QMenu(m_export);
    menu->addAction(tr("Save as &HTML page …"), this, [this] {
        save(QStringLiteral("crash-test.html"), tr("HTML page (*.html)"),
             [](const CrashReport &r) { return toHtml(r).toUtf8(); });
    });
    menu->addAction(tr("Save as &Markdown …"), this, [this] {
        save(QStringLiteral("crash-test.md"), tr("Markdown (*.md)"),
             [](const CrashReport &r) { return toMarkdown(r).toUtf8(); });
    });
    menu->addAction(tr("Save as &JUnit XML …"), this, [this] {
        save(QStringLiteral("crash-test.xml"), tr("JUnit XML (*.xml)"),
             [](const CrashReport &r) { return toJUnit(r); });
    });
    menu->addSeparator();
    menu->addAction(tr("&Copy as Markdown"), this,
                    [this] { QGuiApplication::clipboard()->setText(toMarkdown(report())); });
    m_export->setMenu(menu);
}

void CrashTestPage::run(const QStringList &only)
{
    if (isRunning())
        return;
    const bool draft = m_what->currentIndex() == Draft;
    const Configuration &configuration = draft ? m_draft.draft() : m_draft.inForce();
    const QString file = !m_draft.path().isEmpty() ? QFileInfo(m_draft.path()).fileName()
                         : draft                   ? tr("Tune")
                                                   : tr("In force");
    m_providers = enabledProviders(configuration);
    m_message->setVisible(m_providers.isEmpty());
    if (m_providers.isEmpty())
        return m_message->setText(tr("No provider is enabled, so there is nothing to test."));
    if (configuration != m_configuration) { // results of two configurations do not stand side by side
        m_model->plan({});
        m_model->giveUp();
    }
    m_configuration = configuration;
    m_tested = draft ? tr("%1 (draft)").arg(file) : file;
    m_at = SystemClock().wallNow();
    m_begun = SystemClock().now();
    m_model->plan(only);
    m_test.start(configuration, only);
    showProgress();
    showDetail();
}

void CrashTestPage::stop() { m_test.stop(); }

void CrashTestPage::onFinished(bool complete)
{
    m_complete = complete;
    m_took = SystemClock().now() - m_begun;
    m_model->giveUp();
    showProgress();
    showDetail();
}

CrashReport CrashTestPage::report() const
{
    CrashReport report;
    report.configuration = m_tested;
    report.providers = m_providers;
    report.names = providerNames(m_configuration);
    report.at = m_at;
    report.took = m_took;
    report.results = m_model->results();
    report.planned = m_complete ? int(report.results.size()) : m_model->rowCount();
    return report;
}

void CrashTestPage::showProgress()
{
    const bool running = isRunning();
    const CrashReport now = report();
    m_run->setText(running ? tr("Stop") : tr("Run all"));
    m_what->setEnabled(!running);
    m_export->setEnabled(!running && !now.results.isEmpty() && !m_job->isRunning());
    m_bar->setRange(0, std::max(1, m_test.planned()));
    m_bar->setValue(m_test.done());
    m_bar->setVisible(running);
    if (running)
        m_score->setText(
            tr("%1 of %2")
                .arg(m_test.done())
                .arg(counted(quint64(m_test.planned()), tr("1 case"), tr("%1 cases"))));
    else if (now.results.isEmpty())
        m_score->setText(tr("%1 cases, about fifteen seconds").arg(m_model->rowCount()));
    else
        m_score->setText(now.isComplete() && now.results.size() < m_model->rowCount() // some were run by hand
                             ? tr("%1, %2 of %3 cases: %4")
                                   .arg(m_tested)
                                   .arg(now.results.size())
                                   .arg(m_model->rowCount())
                                   .arg(scoreSentence(now))
                             : tr("%1: %2").arg(m_tested, scoreSentence(now)));
}

QString CrashTestPage::selectedKey() const
{
    const QModelIndex current = m_table->currentIndex();
    return current.isValid() ? QString::fromLatin1(m_model->caseAt(current.row()).key) : QString();
}

/// Empty: the field is not on the Tune page.
ConfigurationPath CrashTestPage::selectedSetting() const
{
    const QModelIndex current = m_table->currentIndex();
    const CrashResult *result = current.isValid() ? m_model->resultAt(current.row()) : nullptr;
    if (!result)
        return {};
    if (result->setting == QLatin1String("providers"))
        return {QStringLiteral("provider_order")};
    const QStringList parts = result->setting.split(QLatin1Char('.'));
    return parts.size() == 2 && parts.first() == QLatin1String("retry") ? parts : ConfigurationPath();
}

void CrashTestPage::showDetail()
{
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid())
        return;
    const CrashCase &what = m_model->caseAt(current.row());
    const CrashResult *result = m_model->resultAt(current.row());
    const auto part = [this](const QString &name, const QString &text) {
        return text.isEmpty() ? QString()
                              : QStringLiteral("<p><span style='color:%1'>%2</span><br>%3</p>")
                                    .arg(m_theme.muted().name(), name.toHtmlEscaped(), text.toHtmlEscaped());
    };
    QString html = QStringLiteral("<p><b>%1</b>%2</p>")
                       .arg(QString::fromUtf8(what.label).toHtmlEscaped(),
                            result ? QStringLiteral("<br><b style='color:%1'>%2 %3</b>")
                                         .arg(verdictColor(m_theme, result->verdict).name(),
                                              verdictGlyph(result->verdict), toLabel(result->verdict))
                                   : QString());
    html += part(tr("What happens"), QString::fromUtf8(what.fault))
            + part(tr("A good client"), QString::fromUtf8(what.good));
    if (result) {
        html += part(tr("This configuration"), didSentence(*result)) + part(tr("Why?"), whySentence(*result));
        if (result->verdict != CrashVerdict::LeftOut)
            html += part(tr("Requests that arrived"), requestsText(*result)) + part(tr("Took"), tookText(*result));
    }
    if (const QStringList peers = peerLines(QLatin1String(what.key)); !peers.isEmpty())
        html += part(peersHeading(), peers.join(QLatin1Char('\n'))).replace(QLatin1Char('\n'), QLatin1String("<br>"));
    m_detail->setText(html);
    m_again->setEnabled(!isRunning());
    const bool hasSetting = result && !result->setting.isEmpty();
    const ConfigurationPath path = selectedSetting();
    m_tune->setVisible(hasSetting);
    m_tune->setEnabled(!path.isEmpty());
    m_tune->setToolTip(hasSetting && path.isEmpty() ? tr("%1 stands in the configuration file.").arg(result->setting)
                                                    : QString());
}

void CrashTestPage::select(const QString &key)
{
    if (const int row = m_model->rowOf(key); row >= 0)
        m_table->selectRow(row);
}

void CrashTestPage::save(const QString &suggested, const QString &filter, QByteArray (*encode)(const CrashReport &))
{
    const QString path = m_choosePath(this, suggested, filter);
    if (path.isEmpty())
        return;
    m_job->start(path, [report = report(), encode, path](const ExportProgress &) {
        return writeFile(encode(report), path);
    });
    showProgress();
}

} // namespace retryscope
