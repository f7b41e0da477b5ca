// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/whatifsweep.h"

#include "config/retryfields.h"
#include "models/changetext.h"
#include "pages/whatifresults.h"
#include "telemetry/csv.h"
#include "widgets/elidedcombo.h"
#include "widgets/flowlayout.h"
#include "words/simulationwords.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

namespace retryscope {
namespace {

constexpr std::array sweptMeasures{Measure::Success, Measure::P99, Measure::Attempts};
constexpr int sweepChartLeast = 260, sweepChartHeight = 220;

QString shortNumber(double value) { return QString::number(value, 'g', 3); }

std::optional<Band> bandOf(const std::optional<Estimate> &estimate, Measure measure)
{
    if (!estimate)
        return std::nullopt;
    const double half = estimate->halfWidth.value_or(0.0);
    const double most = measure == Measure::Success ? 1.0 : std::numeric_limits<double>::infinity();
    return Band{estimate->mean, std::max(0.0, estimate->mean - half), std::min(most, estimate->mean + half)};
}

/// Values around one that a field has, as they are typed.
QStringList around(const RetryConfigField &field, double value)
{
    QVector<double> values;
    if (field.kind == FieldKind::Integer) {
        for (int v = std::max(int(field.minimum), int(value) - 3); v <= int(value) + 4; ++v)
            values.append(v);
    } else if (field.kind == FieldKind::Ratio) {
        values = {0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, value};
    } else if (value <= 0) {
        values = {0, 0.5, 1, 2, 5, 10, 30};
    } else {
        for (const double times : {0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0})
            values.append(times == 1.0 ? value : shortNumber(value * times).toDouble());
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    QStringList typed;
    for (const double v : std::as_const(values)) {
        if (v >= field.minimum && v <= field.maximum)
            typed << valueText(field, v);
    }
    return typed;
}

} // namespace

WhatIfSweep::WhatIfSweep(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_field(new ElidedCombo), m_base(new ElidedCombo), m_values(new QLineEdit),
      m_run(new QPushButton(tr("Sweep"))), m_told(new QLabel)
{
    setObjectName(QStringLiteral("card"));
    setAttribute(Qt::WA_StyledBackground);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, 12, Theme::inset, 12);
    column->setSpacing(8);
    column->addWidget(makeRow());
    m_told->setObjectName(QStringLiteral("sweepTold"));
    m_told->setWordWrap(true);
    m_told->setProperty("muted", true);
    column->addWidget(m_told);
    auto *grid = new CardGrid(sweepChartLeast);
    const auto chart = [&](const char *name, const QString &title, const QString &help, BandChart::Unit unit) {
        auto *made = new BandChart(title, help, unit, theme);
        made->picture()->setObjectName(QLatin1String(name));
        made->setFixedHeight(sweepChartHeight);
        grid->add(made);
        m_charts.append(made);
        connect(made, &BandChart::cursorMoved, this, [this](int place) {
            for (BandChart *other : std::as_const(m_charts))
                other->showCursor(place < 0 ? std::nullopt : std::optional(place));
        });
    };
    chart("sweepSuccessPlot", tr("Calls answered"), tr("Share of calls that were answered, by the value of the field."),
          BandChart::Unit::Shares);
    chart("sweepP99Plot", tr("p99 of answers"), tr("99 % of answers come sooner, by the value of the field."),
          BandChart::Unit::Seconds);
    chart("sweepAttemptsPlot", tr("Attempts a call"), tr("Attempts for each call, by the value of the field."),
          BandChart::Unit::Times);
    m_grid = grid;
    m_grid->hide();
    column->addWidget(grid);
    connect(m_run, &QPushButton::clicked, this, &WhatIfSweep::toggle);
    connect(m_values, &QLineEdit::returnPressed, this, &WhatIfSweep::toggle);
    connect(m_field, &QComboBox::activated, this, &WhatIfSweep::suggestValues);
    connect(m_base, &QComboBox::activated, this, &WhatIfSweep::suggestValues);
    connect(&m_job, &SweepJob::progressed, this, [this](double share) {
        m_told->setText(
            tr("Playing %1 values: %2 %.").arg(m_job.question().swept.values.size()).arg(qRound(share * 100.0)));
    });
    connect(&m_job, &SweepJob::finished, this, [this] {
        m_stale = false;
        refresh();
        tell();
    });
    connect(&theme, &Theme::changed, this, &WhatIfSweep::refresh);
    fillFields();
    tell();
}

QWidget *WhatIfSweep::makeRow()
{
    auto *holder = new QWidget;
    auto *row = new FlowLayout(8, holder);
    const auto word = [this, row](const QString &text, QWidget *buddy) {
        auto *label = new QLabel(text);
        label->setBuddy(buddy);
        label->setFixedHeight(m_field->sizeHint().height());
        row->addWidget(label);
        row->addWidget(buddy);
    };
    m_field->setObjectName(QStringLiteral("sweepField"));
    m_field->setAccessibleName(tr("Field to sweep"));
    m_base->setObjectName(QStringLiteral("sweepBase"));
    m_base->setAccessibleName(tr("Configuration to sweep"));
    m_values->setObjectName(QStringLiteral("sweepValues"));
    m_values->setAccessibleName(tr("Values of the field"));
    m_values->setToolTip(tr("As in the configuration file, with commas between them, or FROM..TO:STEPS."));
    m_values->setMinimumWidth(250);
    m_run->setObjectName(QStringLiteral("sweepButton"));
    for (QComboBox *box : {m_field, m_base})
        box->setFocusPolicy(Qt::StrongFocus);
    auto *title = new QLabel(tr("Sweep one field"));
    title->setFont(Theme::font(TextRole::Title));
    title->setFixedHeight(m_field->sizeHint().height());
    row->addWidget(title);
    row->addWidget(m_field);
    word(tr("of"), m_base);
    word(tr("over"), m_values);
    row->addWidget(m_run);
    return holder;
}

void WhatIfSweep::fillFields()
{
    for (const RetryConfigField &field : retryConfigFields()) {
        m_field->addItem(QLatin1String(field.label), QLatin1String(field.key));
        m_field->setItemData(m_field->count() - 1, QLatin1String(field.help), Qt::ToolTipRole);
    }
}

const RetryConfigField &WhatIfSweep::field() const { return retryConfigFields()[m_field->currentIndex()]; }

const WhatIfPolicies::Played *WhatIfSweep::base() const
{
    for (const WhatIfPolicies::Played &played : m_played) {
        if (played.shown.letter == m_base->currentData().toString())
            return &played;
    }
    return nullptr;
}

/// A plain client has none of our fields.
void WhatIfSweep::fillBases()
{
    const QString chosen = m_base->currentData().toString();
    m_base->clear();
    for (const WhatIfPolicies::Played &played : std::as_const(m_played)) {
        if (!played.policy.plain)
            m_base->addItem(played.shown.title(), played.shown.letter);
    }
    m_base->setCurrentIndex(std::max(0, m_base->findData(chosen)));
}

void WhatIfSweep::setQuestion(const Study &study, const QVector<WhatIfPolicies::Played> &played)
{
    const bool untouched = m_values->text().isEmpty() || !m_values->isModified();
    m_study = study;
    m_played = played;
    fillBases();
    if (untouched)
        suggestValues();
    if (!m_job.result() && !m_job.isRunning())
        return tell();
    m_job.stop();
    m_stale = true;
    refresh();
    tell();
}

void WhatIfSweep::suggestValues()
{
    if (!base())
        return;
    const RetryConfigField &of = field();
    QStringList values;
    if (of.kind == FieldKind::Choice) {
        for (const char *choice : of.choices)
            values << QLatin1String(choice);
    } else if (of.kind == FieldKind::Switch) {
        values = {QStringLiteral("false"), QStringLiteral("true")};
    } else {
        values = around(of, of.get(*base()->policy.config));
    }
    m_values->setText(values.join(QStringLiteral(", ")));
}

void WhatIfSweep::stop()
{
    if (!m_job.isRunning())
        return;
    m_job.stop();
    tell();
}

void WhatIfSweep::toggle()
{
    if (m_job.isRunning())
        return stop();
    const auto refuse = [this](const QString &why) { m_told->setText(QStringLiteral("✗ %1").arg(why)); };
    const WhatIfPolicies::Played *of = base();
    if (!of)
        return refuse(tr("There is no configuration that could be swept."));
    const auto swept = sweptFromText(QStringLiteral("%1=%2").arg(QLatin1String(field().key), m_values->text()));
    if (!swept)
        return refuse(sentence(swept.error()));
    const Sweep sweep{m_study.scenario, of->policy, *swept, m_study.replications, m_study.seed, 0};
    if (const auto problem = problemOf(sweep))
        return refuse(sentence(*problem));
    m_shown = of->shown;
    m_stale = true;
    m_job.start(sweep);
    refresh();
    tell();
}

QString WhatIfSweep::valueName(const RetryConfigField &of, double value) const { return fieldValue(of, value); }

void WhatIfSweep::refresh()
{
    m_grid->setVisible(m_job.result() != nullptr);
    for (BandChart *chart : std::as_const(m_charts))
        chart->setStale(m_stale);
    if (!m_job.result())
        return;
    const SweepResult &result = *m_job.result();
    const RetryConfigField &of = *m_job.question().swept.field;
    BandData all;
    all.from = -0.5;
    all.to = double(result.rows.size()) - 0.5;
    all.placeName = QLatin1String(of.label);
    for (int i = 0; i < int(result.rows.size()); ++i) {
        all.places.append(i);
        all.names.append(valueName(of, result.rows[i].value));
        all.ticks.append({double(i), all.names.last()});
        if (result.rows[i].isBase) {
            all.mark = i;
            all.markName = tr("as it is");
        }
    }
    for (std::size_t c = 0; c < sweptMeasures.size(); ++c) {
        BandData data = all;
        BandLine line{m_shown.title(), m_theme.accent(), Qt::SolidLine, {}};
        for (const SweepResult::Row &row : result.rows)
            line.values.append(bandOf(row.measures[std::size_t(sweptMeasures[c])], sweptMeasures[c]));
        data.lines.append(line);
        m_charts[qsizetype(c)]->setData(data);
    }
}

/// Values with which the measure is better than with the one that the configuration has, surely.
QStringList WhatIfSweep::betterValues(Measure measure) const
{
    QStringList better;
    for (const SweepResult::Row &row : m_job.result()->rows) {
        const auto &less = row.lessBase[std::size_t(measure)];
        if (!row.isBase && less && !isNone(*less) && (less->mean > 0) == (measure == Measure::Success))
            better << valueName(*m_job.question().swept.field, row.value);
    }
    return better;
}

void WhatIfSweep::tell()
{
    m_run->setText(m_job.isRunning() ? tr("Stop") : tr("Sweep"));
    if (m_job.isRunning())
        return m_told->setText(tr("Playing %1 values …").arg(m_job.question().swept.values.size()));
    if (!m_job.result())
        return m_told->setText(tr("Plays the scenario once more for each value, on the same days."));
    if (m_stale)
        return m_told->setText(
            tr("This was swept with another scenario or configuration. Press Sweep to play it again."));
    QStringList said;
    for (const Measure measure : sweptMeasures) {
        const QStringList better = betterValues(measure);
        said << (better.isEmpty() ? tr("%1: no value is surely better.").arg(label(measure))
                                  : tr("%1: better with %2.").arg(label(measure), better.join(QStringLiteral(", "))));
    }
    m_told->setText(tr("Against what %1 has: %2").arg(m_shown.title(), said.join(QLatin1Char(' '))));
}

QByteArray WhatIfSweep::csv() const
{
    if (!m_job.result() || m_stale)
        return {};
    const auto digits = [](double value) { return QString::number(value, 'g', 12); };
    const RetryConfigField &of = *m_job.question().swept.field;
    QByteArray csv = csvRow({QLatin1String(of.key), QStringLiteral("measure"), QStringLiteral("mean"),
                             QStringLiteral("half_width_95"), QStringLiteral("less_base"),
                             QStringLiteral("less_base_half_width_95")});
    for (const SweepResult::Row &row : m_job.result()->rows) {
        for (int m = 0; m < measureCount; ++m) {
            const auto &value = row.measures[std::size_t(m)], &less = row.lessBase[std::size_t(m)];
            csv += csvRow({valueText(of, row.value), toKey(Measure(m)), value ? digits(value->mean) : QString(),
                           value && value->halfWidth ? digits(*value->halfWidth) : QString(),
                           less ? digits(less->mean) : QString(),
                           less && less->halfWidth ? digits(*less->halfWidth) : QString()});
        }
    }
    return csv;
}

} // namespace retryscope
