// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/incidentdetail.h"

#include "base/timeformat.h"
#include "delegates/incidentdelegate.h"
#include "widgets/incidentchart.h"
#include "words/incidentwords.h"
#include "words/labels.h"

#include <QDateTime>
#include <QEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextBrowser>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds margin = 5s; ///< of the events around an incident
constexpr int columns = 4;

ProviderState stateOf(IncidentFactKind kind)
{
    switch (kind) {
    case IncidentFactKind::Opened:
    case IncidentFactKind::Reopened:
    case IncidentFactKind::CircuitOpened: return ProviderState::Down;
    case IncidentFactKind::FirstFailure:
    case IncidentFactKind::FirstFailedCall: return ProviderState::Failing;
    case IncidentFactKind::Slow: return ProviderState::Slow;
    case IncidentFactKind::Probing: return ProviderState::Probing;
    case IncidentFactKind::CircuitClosed:
    case IncidentFactKind::NotSlow:
    case IncidentFactKind::Ended: return ProviderState::Well;
    case IncidentFactKind::IsolatedByHand: return ProviderState::Isolated;
    case IncidentFactKind::FirstFailover:
    case IncidentFactKind::FirstSkip:
    case IncidentFactKind::ReleasedByHand:
    case IncidentFactKind::ProbedByHand: break;
    }
    return ProviderState::Unproven;
}

QString clockText(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss"));
}

QString shortDuration(std::optional<Duration> d) { return d ? formatDuration(*d) : QStringLiteral("–"); }

} // namespace

IncidentDetail::IncidentDetail(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_title(new QLabel), m_state(new QLabel), m_chart(new IncidentChart(theme)),
      m_grid(new QGridLayout), m_timeline(new QTextBrowser), m_note(new QPlainTextEdit)
{
    QFont bold = m_title->font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.25);
    m_title->setFont(bold);
    m_title->setObjectName(QStringLiteral("incidentTitle"));
    m_title->setWordWrap(true);
    m_state->setObjectName(QStringLiteral("incidentState"));
    m_state->setTextFormat(Qt::RichText);
    m_state->setWordWrap(true);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(0);
    for (const QString &caption : {tr("failed calls"), tr("rerouted"), tr("delayed"), tr("failed attempts"),
                                   tr("added, median"), tr("added, p95"), tr("added, worst"), tr("retries")})
        m_numbers << addNumber(int(m_numbers.size()), caption);
    m_timeline->setObjectName(QStringLiteral("incidentTimeline"));
    m_timeline->setAccessibleName(tr("Causes and timeline of the incident"));
    m_timeline->setFrameShape(QFrame::NoFrame);
    m_timeline->setTabChangesFocus(true);
    m_timeline->setMinimumHeight(90);
    m_note->setObjectName(QStringLiteral("incidentNote"));
    m_note->setAccessibleName(tr("Note"));
    m_note->setPlaceholderText(
        tr("Add a note: what was seen, what was done (saved when you leave the field, or Ctrl+Enter)"));
    m_note->setTabChangesFocus(true);
    m_note->setFixedHeight(int(fontMetrics().height() * 3.6));
    m_note->installEventFilter(this);
    auto *copy = new QToolButton;
    copy->setObjectName(QStringLiteral("copyIncident"));
    copy->setText(tr("Copy as Markdown"));
    copy->setToolTip(tr("Copy for a hand-over (Ctrl+Shift+C)"));
    auto *events = new QToolButton;
    events->setObjectName(QStringLiteral("incidentEvents"));
    events->setText(tr("Show its calls"));
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(events);
    buttons->addWidget(copy);
    buttons->addStretch();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 4, 0, 0);
    column->setSpacing(8);
    column->addWidget(m_title);
    column->addWidget(m_state);
    column->addWidget(m_chart);
    column->addLayout(m_grid);
    column->addWidget(m_timeline, 1);
    column->addWidget(m_note);
    column->addLayout(buttons);
    connect(copy, &QToolButton::clicked, this, &IncidentDetail::copyRequested);
    connect(events, &QToolButton::clicked, this, [this] { emit eventsRequested(eventsOf(m_incident)); });
    connect(&theme, &Theme::changed, this, &IncidentDetail::render);
}

IncidentDetail::~IncidentDetail() = default;

QLabel *IncidentDetail::addNumber(int index, const QString &caption)
{
    auto *value = new QLabel;
    QFont large = value->font();
    large.setPointSizeF(large.pointSizeF() * 1.4);
    value->setFont(large);
    value->setObjectName(QStringLiteral("incidentNumber%1").arg(index));
    value->setAccessibleName(caption);
    auto *label = new QLabel(caption);
    label->setForegroundRole(QPalette::PlaceholderText);
    const int row = index / columns * 2;
    m_grid->addWidget(value, row, index % columns);
    m_grid->addWidget(label, row + 1, index % columns);
    m_grid->setRowMinimumHeight(row + 1, int(fontMetrics().height() * 1.6));
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_grid->setColumnStretch(index % columns, 1);
    return value;
}

void IncidentDetail::show(const Incident &incident, const Incident &told)
{
    m_told = told;
    const bool another = incident.id != m_incident.id;
    if (another)
        commitNote();
    m_incident = incident;
    if (another || !m_note->hasFocus()) {
        if (m_note->toPlainText() != incident.note)
            m_note->setPlainText(incident.note);
    }
    render();
}

void IncidentDetail::commitNote()
{
    const QString note = m_note->toPlainText().trimmed();
    if (!m_incident.id || note == m_incident.note)
        return;
    m_incident.note = note;
    emit noteChanged(m_incident.id, note);
}

bool IncidentDetail::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusOut)
        commitNote();
    if (event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && key->modifiers() & Qt::ControlModifier) {
            commitNote();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

EventFilter IncidentDetail::eventsOf(const Incident &incident)
{
    EventFilter filter;
    filter.provider = incident.provider;
    filter.from = incident.started - margin;
    if (!incident.isOpen())
        filter.to = std::max(incident.ended, incident.started) + margin;
    return filter;
}

void IncidentDetail::render()
{
    const Incident &i = m_incident;
    if (!i.id)
        return;
    const ProviderState state = retryscope::stateOf(i);
    const QString muted = m_theme.muted().name();
    m_title->setText(QStringLiteral("%1: %2").arg(m_told.provider, causesText(i).toLower()));
    static const std::array endings{QT_TR_NOOP("Open"), QT_TR_NOOP("Recovered"), QT_TR_NOOP("Ended: isolated by hand"),
                                    QT_TR_NOOP("Ended: the provider was removed"),
                                    QT_TR_NOOP("Its end was not watched: the program was closed")};
    QString line = QStringLiteral("<span style='color:%1'>%2 %3</span> · %4 · %5")
                       .arg(m_theme.stateText(state).name(), stateGlyph(state), tr(endings[std::size_t(i.ending)]),
                            spanText(i, QDate::currentDate(), true), lastedText(i));
    if (i.reopened)
        line +=
            QStringLiteral(" · ") + tr("came back %1").arg(counted(quint64(i.reopened), tr("once"), tr("%1 times")));
    line += QStringLiteral(" <span style='color:%1'>· #%2%3</span>")
                .arg(muted)
                .arg(i.id)
                .arg(i.simulated ? tr(" · simulated") : QString());
    m_state->setText(line);
    m_chart->show(i);
    const auto locale = QLocale();
    const QStringList values{locale.toString(i.failedCalls),  locale.toString(i.reroutedCalls),
                             locale.toString(i.delayedCalls), locale.toString(i.failedAttempts),
                             shortDuration(i.addedMedian()),  shortDuration(i.addedP95()),
                             shortDuration(i.addedWorst()),   locale.toString(i.retries)};
    for (qsizetype n = 0; n < values.size(); ++n)
        m_numbers[n]->setText(values[n]);
    renderReport();
}

QString IncidentDetail::causesHtml() const
{
    const QString muted = m_theme.muted().name();
    QString html;
    for (const IncidentCause &cause : m_incident.causes) {
        const bool slow = cause.reason == RetryReason::None;
        const QColor colour = slow ? m_theme.stateFill(ProviderState::Slow) : m_theme.reason(cause.reason);
        const QString count = cause.attempts
                                  ? tr("%1 (%2 %)")
                                        .arg(counted(cause.attempts, tr("1 failed attempt"), tr("%1 failed attempts")))
                                        .arg(qRound(m_incident.share(cause) * 100.0))
                                  : QString();
        const QString span = clockText(cause.first) == clockText(cause.last)
                                 ? clockText(cause.first)
                                 : tr("%1 – %2").arg(clockText(cause.first), clockText(cause.last));
        html += QStringLiteral("<tr><td style='color:%1'>■</td><td style='white-space:nowrap'>%2</td><td "
                               "style='white-space:nowrap'>%3</td><td width='100%' style='color:%4'>%5</td></tr>")
                    .arg(colour.name(), (slow ? tr("Slow answers") : toLabel(cause.reason)).toHtmlEscaped(), count,
                         muted, span);
    }
    return html;
}

QString IncidentDetail::factsHtml() const
{
    const QString muted = m_theme.muted().name();
    QString html;
    for (qsizetype n = 0; n < m_told.facts.size(); ++n) {
        if (n == Incident::firstFactsKept && m_incident.factsDropped)
            html += QStringLiteral("<tr><td></td><td></td><td style='color:%1'>%2</td></tr>")
                        .arg(muted, tr("%1 in between not kept.")
                                        .arg(counted(m_incident.factsDropped, tr("1 line"), tr("%1 lines"))));
        const IncidentFact &fact = m_told.facts[n];
        const ProviderState s = stateOf(fact.kind);
        const bool hand = isByHand(fact.kind);
        const QString text = toSentence(fact, m_told).toHtmlEscaped();
        html +=
            QStringLiteral("<tr><td style='color:%1;white-space:nowrap'>%2</td><td style='color:%3'>%4</td><td "
                           "width='100%'>%5</td></tr>")
                .arg(muted, clockText(fact.at), hand ? m_theme.accent().name() : m_theme.stateText(s).name(),
                     hand ? QStringLiteral("▸") : stateGlyph(s), hand ? QStringLiteral("<b>%1</b>").arg(text) : text);
    }
    return html;
}

void IncidentDetail::renderReport()
{
    const QString muted = m_theme.muted().name();
    const auto heading = [&](const QString &text) {
        return QStringLiteral("<p style='margin:8px 0 2px 0;color:%1'>%2</p>").arg(muted, text);
    };
    const auto table = [](const QString &rows) {
        return QStringLiteral("<table cellspacing='0' cellpadding='3' width='100%'>%1</table>").arg(rows);
    };
    const QString carried = carriedText(m_told), cost = costText(m_incident);
    QString html =
        m_incident.causes.isEmpty()
            ? QString()
            : heading(m_incident.causes.size() == 1 ? tr("Why") : tr("Why: %1 causes").arg(m_incident.causes.size()))
                  + table(causesHtml());
    html += heading(tr("What it did to the traffic"));
    html += table(QStringLiteral("<tr><td>%1 %2</td></tr><tr><td>%3 %4</td></tr>")
                      .arg(tr("Carried by"),
                           carried.isEmpty() ? tr("nobody yet.") : carried.toHtmlEscaped() + QLatin1Char('.'),
                           tr("Added cost:"), (cost.isEmpty() ? tr("none known") : cost) + QLatin1Char('.')));
    html += heading(tr("What happened")) + table(factsHtml());
    if (html == m_timeline->property("shown").toString())
        return; // keeps the place where one reads
    m_timeline->setProperty("shown", html);
    const int at = m_timeline->verticalScrollBar()->value();
    m_timeline->setHtml(html);
    m_timeline->verticalScrollBar()->setValue(at);
}

} // namespace retryscope
