// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchparameters.h"

#include "theme/theme.h"
#include "widgets/elidedcombo.h"
#include "widgets/growingedit.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QSpinBox>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int mostBenchTokens = 1'000'000, usualBenchTokens = 1024;
constexpr double mostTemperature = 2, mostTopP = 1;
const QString tokenLimitKey = QStringLiteral("test/tokenLimit");

QLineEdit *optionalField(const char *name)
{
    auto *field = new QLineEdit;
    field->setObjectName(QLatin1String(name));
    field->setPlaceholderText(BenchParameters::tr("Provider's own"));
    return field;
}

} // namespace

BenchParameters::BenchParameters(QWidget *parent)
    : QWidget(parent), m_limit(new QSpinBox), m_temperature(optionalField("temperatureEdit")),
      m_topP(optionalField("topPEdit")), m_seed(optionalField("seedEdit")), m_effort(new ElidedCombo),
      m_stop(new GrowingEdit(1, 4)), m_stream(new QCheckBox(tr("Stream the answer"))), m_error(new QLabel)
{
    m_limit->setObjectName(QStringLiteral("tokenLimit"));
    m_limit->setRange(0, mostBenchTokens);
    m_limit->setSpecialValueText(tr("Provider's own"));
    m_limit->setGroupSeparatorShown(true);
    m_limit->setSuffix(tr(" tokens"));
    m_limit->setValue(std::clamp(QSettings().value(tokenLimitKey, usualBenchTokens).toInt(), 0, mostBenchTokens));
    m_effort->setObjectName(QStringLiteral("effortBox"));
    m_effort->addItem(tr("Provider's own"), QString());
    for (const QString &effort : efforts())
        m_effort->addItem(effort, effort);
    m_stop->setObjectName(QStringLiteral("stopEdit"));
    m_stop->setPlaceholderText(tr("One a line"));
    m_stream->setObjectName(QStringLiteral("streamBox"));
    m_stream->setChecked(true);
    m_error->setObjectName(QStringLiteral("parametersError"));
    m_error->setAccessibleName(tr("What is wrong with the parameters"));
    m_error->setVisible(false);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 4, 0, 4);
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(6);
    place(grid, 0, 0, tr("Answer at &most"), m_limit,
          tr("The longest answer that is asked for. An answer that reaches it is cut, and says so."));
    place(grid, 0, 2, tr("&Temperature"), m_temperature, tr("0 to 2. Lower is more predictable."));
    place(grid, 0, 4, tr("To&p p"), m_topP, tr("0 to 1: only the likeliest words with this share together."));
    place(grid, 1, 0, tr("See&d"), m_seed, tr("A whole number, for answers that can be had again."));
    place(grid, 1, 2, tr("&Effort"), m_effort, tr("How much a model that thinks may think."));
    place(grid, 1, 4, tr("Stop &words"), m_stop, tr("The answer ends before one of them. One a line."));
    grid->addWidget(m_stream, 2, 0, 1, 2);
    grid->addWidget(m_error, 2, 2, 1, 4);
    for (const int column : {1, 3, 5})
        grid->setColumnStretch(column, 1);
    connect(m_limit, &QSpinBox::valueChanged, this, &BenchParameters::changed);
    connect(m_effort, &QComboBox::currentIndexChanged, this, &BenchParameters::changed);
    connect(m_stream, &QCheckBox::toggled, this, &BenchParameters::changed);
    for (QLineEdit *field : {m_temperature, m_topP, m_seed}) {
        connect(field, &QLineEdit::textChanged, this, [this] {
            m_error->setVisible(false);
            emit changed();
        });
    }
}

void BenchParameters::place(QGridLayout *grid, int row, int column, const QString &label, QWidget *field,
                            const QString &help)
{
    auto *words = new QLabel(label);
    words->setBuddy(field);
    field->setToolTip(help);
    field->setAccessibleDescription(help);
    grid->addWidget(words, row, column);
    grid->addWidget(field, row, column + 1, Qt::AlignTop);
}

bool BenchParameters::complain(QLineEdit *field, Problems problems, const QString &sentence) const
{
    if (problems == Problems::Untold)
        return false;
    m_error->setText(QStringLiteral("✗ ") + sentence);
    m_error->setVisible(true);
    field->setFocus();
    field->selectAll();
    return false;
}

bool BenchParameters::readNumber(QLineEdit *field, double most, Problems problems, std::optional<double> *value) const
{
    const QString text = field->text().trimmed();
    if (text.isEmpty())
        return true;
    bool ok = false;
    const double number = QString(text).replace(QLatin1Char(','), QLatin1Char('.')).toDouble(&ok);
    if (!ok || !(number >= 0 && number <= most))
        return complain(field, problems, tr("\"%1\" is not a number from 0 to %2.").arg(text).arg(most));
    *value = number;
    return true;
}

bool BenchParameters::apply(Prompt *prompt, Problems problems) const
{
    prompt->maxTokens = m_limit->value();
    prompt->stream = m_stream->isChecked();
    prompt->effort = m_effort->currentData().toString();
    prompt->stop = m_stop->toPlainText().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    if (!readNumber(m_temperature, mostTemperature, problems, &prompt->temperature)
        || !readNumber(m_topP, mostTopP, problems, &prompt->topP))
        return false;
    const QString seed = m_seed->text().trimmed();
    if (seed.isEmpty())
        return true;
    bool ok = false;
    const qint64 number = seed.toLongLong(&ok);
    if (!ok)
        return complain(m_seed, problems, tr("The seed \"%1\" is not a whole number.").arg(seed));
    prompt->seed = number;
    return true;
}

const QStringList &BenchParameters::efforts()
{
    static const QStringList words{QStringLiteral("none"), QStringLiteral("minimal"), QStringLiteral("low"),
                                   QStringLiteral("medium"), QStringLiteral("high")};
    return words;
}

void BenchParameters::load(const Prompt &prompt)
{
    const bool writable = std::all_of(prompt.stop.begin(), prompt.stop.end(), [](const QString &word) {
        return !word.isEmpty() && !word.contains(QLatin1Char('\n'));
    });
    const auto number = [](std::optional<double> value) { return value ? QString::number(*value, 'g', QLocale::FloatingPointShortest) : QString(); };
    m_limit->setValue(prompt.maxTokens);
    m_stream->setChecked(prompt.stream);
    m_effort->setCurrentIndex(std::max(0, m_effort->findData(prompt.effort)));
    m_stop->setPlainText(writable ? prompt.stop.join(QLatin1Char('\n')) : QString());
    m_temperature->setText(number(prompt.temperature));
    m_topP->setText(number(prompt.topP));
    m_seed->setText(prompt.seed ? QString::number(*prompt.seed) : QString());
}

QString BenchParameters::summary() const
{
    QStringList parts{m_limit->value() > 0 ? tr("max %1 tokens").arg(QLocale().toString(m_limit->value()))
                                           : tr("any length")};
    if (const QString t = m_temperature->text().trimmed(); !t.isEmpty())
        parts << tr("temperature %1").arg(t);
    if (const QString p = m_topP->text().trimmed(); !p.isEmpty())
        parts << tr("top p %1").arg(p);
    if (const QString s = m_seed->text().trimmed(); !s.isEmpty())
        parts << tr("seed %1").arg(s);
    if (const QString e = m_effort->currentData().toString(); !e.isEmpty())
        parts << tr("effort %1").arg(e);
    if (!m_stream->isChecked())
        parts << tr("not streamed");
    return parts.join(QStringLiteral(" · "));
}

void BenchParameters::remember() const { QSettings().setValue(tokenLimitKey, m_limit->value()); }

} // namespace retryscope
