// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/batchform.h"

#include "base/systemclock.h"
#include "base/userfiles.h"
#include "models/aside.h"
#include "widgets/elidedcombo.h"
#include "widgets/setifnew.h"
#include "widgets/valueedit.h"
#include "words/batchwords.h"
#include "words/isolatedname.h"
#include "words/labels.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTimer>

namespace retryscope {
namespace {

constexpr int settles = 150; ///< ms without a change before it is looked at
constexpr int mostShownIssues = 6, mostAnswerTokens = 1'000'000;
constexpr double usualCeiling = 0.50, highestCeiling = 100'000;
constexpr int promptLines = 5;

QLabel *formText(const char *name)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->hide();
    return label;
}

void say(QLabel *label, const QString &text)
{
    setIfNew(label, text);
    label->setVisible(!text.isEmpty());
}

} // namespace

BatchForm::BatchForm(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_chooseFile([](QWidget *asking) {
          return QFileDialog::getOpenFileName(asking, tr("Prompts"), {},
                                              tr("Prompts (*.jsonl *.ndjson *.json *.csv *.tsv *.txt);;All files (*)"));
      }),
      m_wait(new QTimer(this)), m_typed(new QPlainTextEdit), m_file(formText("batchFile")),
      m_input(formText("batchInput")), m_remarks(formText("batchRemarks")), m_estimate(formText("batchEstimate")),
      m_problem(formText("batchProblem")), m_open(new QPushButton(tr("&From a file …"))),
      m_type(new QPushButton(tr("T&ype instead"))), m_skipBad(new QCheckBox), m_stopAt(new QCheckBox(tr("Stop &at"))),
      m_accept(new QCheckBox(tr("Run although the ceiling cannot be kept"))), m_runs(new QSpinBox),
      m_together(new QSpinBox), m_tokens(new QSpinBox), m_spacing(new ValueEdit(ValueEdit::Kind::Duration)),
      m_route(new ElidedCombo), m_model(new QLineEdit), m_system(new QLineEdit), m_ceiling(new QDoubleSpinBox)
{
    auto *form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(7);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    buildPrompts(form);
    buildFields(form);
    buildCost(form);
    m_wait->setSingleShot(true);
    m_wait->setInterval(settles);
    connect(m_wait, &QTimer::timeout, this, &BatchForm::prepare);
    connect(&theme, &Theme::changed, this, &BatchForm::tell);
    tell();
}

void BatchForm::buildPrompts(QFormLayout *form)
{
    m_typed->setObjectName(QStringLiteral("batchPrompts"));
    m_typed->setAccessibleName(tr("Prompts, one a line"));
    m_typed->setPlaceholderText(tr("One prompt a line"));
    m_typed->setTabChangesFocus(true);
    m_typed->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_typed->setMinimumHeight(fontMetrics().lineSpacing() * promptLines + 12);
    m_typed->setMaximumHeight(fontMetrics().lineSpacing() * (promptLines + 2) + 12);
    m_open->setObjectName(QStringLiteral("batchOpen"));
    m_open->setToolTip(tr("JSON Lines, CSV with a column \"prompt\", or one prompt a line"));
    m_type->setObjectName(QStringLiteral("batchType"));
    m_type->hide();
    m_skipBad->setObjectName(QStringLiteral("batchSkipBad"));
    m_skipBad->hide();
    auto *title = new QLabel(tr("&Prompts"));
    title->setBuddy(m_typed);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(title);
    buttons->addStretch();
    buttons->addWidget(m_type);
    buttons->addWidget(m_open);
    form->addRow(buttons);
    form->addRow(m_typed);
    form->addRow(m_file);
    form->addRow(m_input);
    form->addRow(m_remarks);
    form->addRow(m_skipBad);
    connect(m_typed, &QPlainTextEdit::textChanged, this, &BatchForm::change);
    connect(m_open, &QPushButton::clicked, this, &BatchForm::chooseFile);
    connect(m_type, &QPushButton::clicked, this, &BatchForm::typeInstead);
    connect(m_skipBad, &QCheckBox::toggled, this, [this] {
        tell();
        emit prepared();
    });
}

void BatchForm::buildFields(QFormLayout *form)
{
    const auto spin = [this](QSpinBox *box, const char *name, int most, int value) {
        box->setObjectName(QLatin1String(name));
        box->setRange(1, most);
        box->setGroupSeparatorShown(true);
        box->setValue(value);
        connect(box, &QSpinBox::valueChanged, this, &BatchForm::change);
    };
    spin(m_runs, "batchRuns", mostBatchCalls, 1);
    spin(m_together, "batchTogether", mostBatchConcurrency, 4);
    spin(m_tokens, "batchTokens", mostAnswerTokens, Prompt().maxTokens);
    m_runs->setToolTip(tr("How often each prompt is sent"));
    m_tokens->setToolTip(tr("The longest answer that is asked for, in tokens, where a line names none"));
    m_spacing->setObjectName(QStringLiteral("batchSpacing"));
    m_spacing->setStepRange(0, 3600, 0.1);
    m_spacing->setValue(0);
    m_spacing->setToolTip(tr("At least so long between two starts, such as 200 ms"));
    connect(m_spacing, &ValueEdit::readingChanged, this, &BatchForm::change);
    connect(m_spacing, &ValueEdit::valueEdited, this, &BatchForm::change);
    m_route->setObjectName(QStringLiteral("batchRoute"));
    m_route->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_route->setMinimumContentsLength(10);
    connect(m_route, &QComboBox::currentIndexChanged, this, &BatchForm::change);
    m_model->setObjectName(QStringLiteral("batchModel"));
    m_model->setPlaceholderText(tr("The provider's own"));
    m_system->setObjectName(QStringLiteral("batchSystem"));
    m_system->setPlaceholderText(tr("None"));
    connect(m_model, &QLineEdit::textChanged, this, &BatchForm::change);
    connect(m_system, &QLineEdit::textChanged, this, &BatchForm::change);
    form->addRow(tr("Ru&ns of each"), m_runs);
    form->addRow(tr("At &once"), m_together);
    form->addRow(tr("Spac&ing"), m_spacing);
    form->addRow(tr("&Route"), m_route);
    form->addRow(tr("&Model"), m_model);
    form->addRow(tr("&System"), m_system);
    form->addRow(tr("&Tokens, at most"), m_tokens);
}

void BatchForm::buildCost(QFormLayout *form)
{
    m_stopAt->setObjectName(QStringLiteral("batchStopAt"));
    m_stopAt->setChecked(true);
    m_stopAt->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding); // on the line of its field
    m_stopAt->setToolTip(
        tr("No call begins that could take the cost at real providers beyond it. Simulated ones cost nothing."));
    m_ceiling->setObjectName(QStringLiteral("batchCeiling"));
    m_ceiling->setAccessibleName(tr("Ceiling of cost, US dollars"));
    m_ceiling->setRange(0, highestCeiling);
    m_ceiling->setDecimals(2);
    m_ceiling->setSingleStep(0.1);
    m_ceiling->setPrefix(QStringLiteral("$"));
    m_ceiling->setValue(usualCeiling);
    m_accept->setObjectName(QStringLiteral("batchAccept"));
    m_accept->hide();
    form->addRow(m_stopAt, m_ceiling);
    form->addRow(m_estimate);
    form->addRow(m_problem);
    form->addRow(m_accept);
    connect(m_stopAt, &QCheckBox::toggled, m_ceiling, &QWidget::setEnabled);
    for (const QCheckBox *box : {m_stopAt, m_accept})
        connect(box, &QCheckBox::toggled, this, [this] {
            tell();
            emit prepared();
        });
    connect(m_ceiling, &QDoubleSpinBox::valueChanged, this, [this] {
        tell();
        emit prepared();
    });
}

void BatchForm::setConfiguration(const Configuration &configuration)
{
    m_configuration = configuration;
    const QSignalBlocker quiet(m_route);
    const QString before = m_route->currentData().toString();
    m_route->clear();
    m_route->addItem(tr("By priority"), QString());
    for (const ProviderConfig &p : configuration.providers) {
        if (p.enabled)
            m_route->addItem(tr("Only %1").arg(isolatedName(p.name.isEmpty() ? p.id : p.name)), p.id);
    }
    m_route->setCurrentIndex(std::max(0, m_route->findData(before)));
    change();
}

void BatchForm::setPrices(const PriceList &prices)
{
    m_prices = prices;
    change();
}

void BatchForm::chooseFile()
{
    if (const QString path = m_chooseFile(this); !path.isEmpty())
        load(path);
}

void BatchForm::load(const QString &path)
{
    m_pending = true;
    ++m_number; // what is being looked at is not wanted any more
    aside(
        this,
        [path] {
            const auto bytes = readRegularFile(path, largestBatchFile);
            return bytes ? Source{path, *bytes, {}}
                         : Source{path, {}, BatchFault{InputFault::Unreadable, bytes.error()}};
        },
        [this](const Source &source) { setSource(source); });
}

void BatchForm::typeInstead()
{
    setSource({});
    m_typed->setFocus();
}

void BatchForm::setSource(const Source &source)
{
    m_source = source;
    const bool file = !source.name.isEmpty();
    m_typed->setVisible(!file);
    m_type->setVisible(file);
    m_open->setText(file ? tr("Another &file …") : tr("&From a file …"));
    m_skipBad->setChecked(false);
    for (QWidget *of : {static_cast<QWidget *>(m_file), static_cast<QWidget *>(m_input),
                        static_cast<QWidget *>(m_remarks), static_cast<QWidget *>(m_skipBad)})
        of->hide(); // they tell of what was there before
    m_wait->stop();
    prepare();
}

void BatchForm::change()
{
    m_pending = true;
    m_wait->start();
}

Prompt BatchForm::usual() const
{
    Prompt prompt;
    prompt.system = m_system->text();
    prompt.model = m_model->text().trimmed();
    prompt.maxTokens = m_tokens->value();
    return prompt;
}

Route BatchForm::route() const
{
    const QString only = m_route->currentData().toString();
    return {only.isEmpty() ? QVector<ProviderId>() : QVector<ProviderId>{only}};
}

std::optional<double> BatchForm::ceiling() const
{
    return m_stopAt->isChecked() ? std::optional(m_ceiling->value()) : std::nullopt;
}

/// Reads the prompts and reckons what they may cost, aside: a file may be large.
void BatchForm::prepare()
{
    m_pending = true;
    const Source source = m_source.name.isEmpty() ? Source{{}, m_typed->toPlainText().toUtf8(), {}} : m_source;
    aside(
        this,
        [source, number = ++m_number, usual = usual(), route = route(), runs = m_runs->value(),
         configuration = m_configuration, prices = m_prices] {
            Prepared made;
            made.number = number;
            made.fault = source.fault;
            if (made.fault)
                return made;
            const auto input =
                readBatch(source.bytes,
                          source.name.isEmpty() ? BatchFormat::Lines : batchFormatOf(source.name, source.bytes), usual);
            if (!input) {
                made.fault = input.error();
                return made;
            }
            made.input = *input;
            const BatchCosts costs(configuration, prices, route, SystemClock().wallNow());
            made.estimate = estimateOf(made.input.prompts, runs, costs);
            return made;
        },
        [this](const Prepared &made) { take(made); });
}

void BatchForm::take(const Prepared &made)
{
    if (made.number != m_number || m_wait->isActive())
        return; // it has been changed since
    m_prepared = made;
    m_pending = false;
    tell();
    emit prepared();
}

/// What is wrong with lines, or with the file; or what is left out of them.
QString BatchForm::tellInput(bool remarks) const
{
    const QString name = QFileInfo(m_source.name).fileName();
    if (m_prepared.fault)
        return name.isEmpty() || remarks ? QString() : faultSentence(name, *m_prepared.fault);
    QStringList lines;
    int more = remarks ? 0 : m_prepared.input.moreIssues;
    for (const LineIssue &issue : m_prepared.input.issues) {
        if (isRemark(issue.problem) != remarks)
            continue;
        if (lines.size() < mostShownIssues)
            lines << issueSentence(issue);
        else
            ++more;
    }
    if (more > 0)
        lines << counted(quint64(more), tr("1 more line."), tr("%1 more lines."));
    return lines.join(QLatin1Char('\n'));
}

/// Why it cannot be run as it stands; empty: it can.
QString BatchForm::problem() const
{
    const BatchInput &input = m_prepared.input;
    if (!m_spacing->error().isEmpty())
        return tr("Spacing: %1").arg(m_spacing->error());
    if (m_prepared.fault || input.prompts.isEmpty())
        return m_source.name.isEmpty() ? tr("Write a prompt, or take them from a file.")
                                       : tr("There is no prompt to send.");
    if (qint64(input.prompts.size()) * m_runs->value() > mostBatchCalls)
        return tr("%L1 prompts, %L2 times each, are more than %L3 calls, which is the most.")
            .arg(input.prompts.size())
            .arg(m_runs->value())
            .arg(mostBatchCalls);
    if (input.problems > 0 && !m_skipBad->isChecked())
        return tr("Mend the lines above, or leave them out.");
    return ceilingProblem(m_prepared.estimate, ceiling(), m_accept->isChecked());
}

QString BatchForm::estimateText() const { return estimateSentence(m_prepared.estimate, ceiling()); }

void BatchForm::tell()
{
    const BatchInput &input = m_prepared.input;
    const bool file = !m_source.name.isEmpty();
    say(m_file, !file ? QString()
                : m_prepared.fault
                    ? QFileInfo(m_source.name).fileName()
                    : QStringLiteral("%1: %2").arg(
                          QFileInfo(m_source.name).fileName(),
                          counted(quint64(input.prompts.size()), tr("1 prompt"), tr("%1 prompts"))));
    m_file->setToolTip(m_source.name);
    say(m_input, tellInput(false));
    say(m_remarks, tellInput(true));
    m_skipBad->setText(tr("Send the other %L1").arg(input.prompts.size()));
    m_skipBad->setVisible(input.problems > 0 && !input.prompts.isEmpty());
    say(m_estimate, estimateText());
    say(m_problem, problem());
    m_accept->setVisible(m_prepared.estimate.real && !m_prepared.estimate.isKnown() && ceiling());
    m_input->setStyleSheet(QStringLiteral("color:%1").arg(m_theme.stateText(ProviderState::Down).name()));
    m_remarks->setStyleSheet(QStringLiteral("color:%1").arg(m_theme.stateText(ProviderState::Slow).name()));
    const bool nothingYet = !file && input.prompts.isEmpty();
    m_problem->setStyleSheet(
        QStringLiteral("color:%1")
            .arg(nothingYet ? m_theme.muted().name() : m_theme.stateText(ProviderState::Slow).name()));
    m_estimate->setStyleSheet(QStringLiteral("color:%1").arg(m_theme.muted().name()));
}

std::optional<BatchPlan> BatchForm::plan() const
{
    if (m_pending || !problem().isEmpty())
        return std::nullopt;
    BatchPlan plan;
    plan.name = m_source.name.isEmpty() ? tr("Typed prompts") : QFileInfo(m_source.name).fileName();
    plan.prompts = m_prepared.input.prompts;
    plan.runs = m_runs->value();
    plan.concurrency = m_together->value();
    plan.spacing = fromSeconds(m_spacing->value());
    plan.route = route();
    plan.ceiling = ceiling();
    plan.acceptUnknown = m_accept->isVisibleTo(this) && m_accept->isChecked();
    plan.keepAnswers = true; // in memory; an export has them where it is asked for
    return plan;
}

} // namespace retryscope
