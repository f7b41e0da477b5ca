// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/providercard.h"

#include "base/timeformat.h"
#include "pages/heartbeatstrip.h"
#include "widgets/elidedlabel.h"
#include "widgets/setifnew.h"
#include "widgets/textwidth.h"
#include "words/healthwords.h"

#include <QAction>
#include <QActionGroup>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPainter>
#include <QPaintEvent>
#include <QPainterPath>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr quint64 fewAnswers = 20;
constexpr int badgeLetters = 20; // of a fault: the name of the provider matters more
constexpr int headGap = 8,
              badgeFrame = 14; // pixels between what stands beside the name; of a badge's border and padding at least
constexpr double nameScale = 1.05, numberScale = 1.4, quietNumberScale = 1.75, captionScale = 0.9;

} // namespace

ProviderCard::ProviderCard(const ProviderReport &provider, const Theme &theme, QWidget *parent)
    : QFrame(parent), m_id(provider.id), m_provider(provider.name), m_theme(theme), m_name(new ElidedLabel(this)),
      m_why(new ElidedLabel(this)), m_stateLabel(new QLabel(this)), m_fault(new QLabel(this)),
      m_modelBadge(new QLabel(tr("model ends"), this)), m_beats(new HeartbeatStrip(provider.id, theme, this)),
      m_buttons(new QWidget(this))
{
    setObjectName(QStringLiteral("providerCard_") + provider.id);
    setAccessibleName(provider.name);
    setMinimumWidth(240);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_name->setObjectName(QStringLiteral("cardName_") + provider.id);
    m_name->setText(provider.name);
    m_fault->setObjectName(QStringLiteral("faultBadge_") + provider.id);
    m_fault->setVisible(false);
    m_modelBadge->setObjectName(QStringLiteral("modelBadge_") + provider.id);
    m_modelBadge->setVisible(false);
    m_stateLabel->setObjectName(QStringLiteral("state_") + provider.id);
    m_stateLabel->setTextFormat(Qt::PlainText);
    m_stateLabel->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_why->setObjectName(QStringLiteral("why_") + provider.id);
    m_why->setForegroundRole(QPalette::PlaceholderText);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(16, 10, 12, 8);
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(2);
    auto *head = new QHBoxLayout;
    head->setSpacing(headGap);
    head->addWidget(m_name, 1);
    head->addWidget(m_fault);
    head->addWidget(m_modelBadge);
    head->addWidget(m_stateLabel);
    grid->addLayout(head, 0, 0, 1, 3);
    grid->addWidget(m_why, 1, 0, 1, 3);
    m_p95 = addNumber(grid, 0, &m_captions[0]);
    m_errors = addNumber(grid, 1, &m_captions[1]);
    m_attempts = addNumber(grid, 2, &m_captions[2]);
    for (int column = 0; column < 3; ++column)
        grid->setColumnStretch(column, 1);
    grid->addWidget(m_beats, 4, 0, 1, 3, Qt::AlignBottom);
    grid->addWidget(m_buttons, 5, 0, 1, 3);

    auto *row = new QHBoxLayout(m_buttons);
    row->setContentsMargins(0, 2, 0, 0);
    row->setSpacing(0);
    m_isolate =
        addButton("isolate_", tr("Isolate"), tr("Sends no calls to %1 until you release it.").arg(provider.name));
    connect(m_isolate, &QToolButton::clicked, this, [this] {
        if (m_state == ProviderState::Isolated || m_state == ProviderState::Down)
            emit releaseRequested(m_id);
        else
            emit isolateRequested(m_id);
    });
    m_probe = addButton("probe_", tr("Probe"),
                        tr("Asks %1 for its list of models now; nothing is billed.").arg(provider.name));
    connect(m_probe, &QToolButton::clicked, this, [this] { emit probeRequested(m_id); });
    QToolButton *details = addButton("events_", tr("Events"), tr("Shows the events of %1.").arg(provider.name));
    connect(details, &QToolButton::clicked, this, [this] { emit eventsRequested({m_id, {}, {}, {}, {}}); });
    if (provider.simulated)
        addFaultMenu(provider.name);
    row->addStretch();
    connect(m_beats, &HeartbeatStrip::eventsRequested, this, &ProviderCard::eventsRequested);
    connect(&m_theme, &Theme::changed, this, &ProviderCard::applyFonts); // the fault's colour is the theme's
    applyFonts();
}

void ProviderCard::addFaultMenu(const QString &name)
{
    QToolButton *button =
        addButton("faultMenu_", tr("Fault ▾"), tr("Makes the simulated %1 fail on purpose.").arg(name));
    button->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(button);
    m_faults = new QActionGroup(menu);
    for (const FaultTraits &f : faultTable()) {
        QAction *action =
            menu->addAction(tr(f.label), this, [this, fault = f.fault] { emit faultRequested(m_id, fault); });
        action->setCheckable(true);
        action->setData(int(f.fault));
        m_faults->addAction(action);
    }
    button->setMenu(menu);
    setFault(Fault::None);
}

void ProviderCard::setFault(Fault fault)
{
    if (!m_faults)
        return;
    for (QAction *action : m_faults->actions()) {
        if (action->data().toInt() != int(fault))
            continue;
        action->setChecked(true);
        tellFault(action->text());
    }
    m_fault->setVisible(fault != Fault::None);
}

/// Asked for four times a second: nothing is said twice.
void ProviderCard::tellFault(const QString &what)
{
    const QString text = tr("fault: %1").arg(what.toLower());
    if (m_fault->accessibleName() == text)
        return;
    m_fault->setToolTip(tr("%1 fails on purpose (%2); its menu Fault ends it.").arg(m_provider, text));
    m_fault->setAccessibleName(text);
    fitFault();
}

/// The name is whole before the badge says which fault; its tooltip always does.
void ProviderCard::fitFault()
{
    const QString whole = elidedText(m_fault->font(), m_fault->accessibleName(),
                                     m_fault->fontMetrics().averageCharWidth() * badgeLetters);
    const int frame = std::max(badgeFrame, m_fault->sizeHint().width() - textWidth(m_fault->font(), m_fault->text()));
    int room = contentsRect().marginsRemoved(layout()->contentsMargins()).width() - m_name->sizeHint().width()
               - m_stateLabel->sizeHint().width() - 2 * headGap - frame;
    if (!m_modelBadge->isHidden())
        room -= m_modelBadge->sizeHint().width() + headGap;
    setIfNew(m_fault, textWidth(m_fault->font(), whole) <= room ? whole : tr("fault"));
}

void ProviderCard::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    fitFault();
}

void ProviderCard::setModelWarning(const QString &warning)
{
    m_modelBadge->setToolTip(warning);
    m_modelBadge->setAccessibleName(warning);
    m_modelBadge->setVisible(!warning.isEmpty());
}

QLabel *ProviderCard::addNumber(QGridLayout *grid, int column, QLabel **caption)
{
    auto *value = new QLabel(QStringLiteral("–"), this);
    *caption = new QLabel(this);
    (*caption)->setForegroundRole(QPalette::PlaceholderText);
    grid->addWidget(value, 2, column);
    grid->addWidget(*caption, 3, column);
    return value;
}

QToolButton *ProviderCard::addButton(const char *name, const QString &text, const QString &help)
{
    auto *button = new QToolButton(m_buttons);
    button->setObjectName(QLatin1String(name) + m_id);
    button->setText(text);
    button->setAccessibleName(tr("%1, %2").arg(text, m_provider));
    button->setToolTip(help);
    button->setAutoRaise(true);
    button->setProperty("flat", true);
    m_buttons->layout()->addWidget(button);
    return button;
}

/// Sizes follow the card's own font, so that wall mode needs to change only that; below a style sheet none is inherited.
void ProviderCard::applyFonts()
{
    const auto scale = [this](QLabel *label, double factor, bool bold) {
        QFont f = font();
        f.setPointSizeF(f.pointSizeF() * factor);
        f.setBold(bold);
        label->setFont(f);
    };
    scale(m_name, nameScale, true);
    scale(m_fault, captionScale, false);
    m_fault->setStyleSheet(QStringLiteral("QLabel{color:%1;border:1px solid %1;border-radius:7px;padding:0 6px}")
                               .arg(m_theme.stateText(ProviderState::Slow).name()));
    for (QLabel *number : {m_p95, m_errors, m_attempts})
        scale(number, m_quiet ? quietNumberScale : numberScale, false);
    for (QLabel *caption : m_captions)
        scale(caption, captionScale, false);
    for (QLabel *line : {m_stateLabel, static_cast<QLabel *>(m_why)})
        scale(line, 1.0, false);
    m_beats->setFont(font());
    static_cast<QGridLayout *>(layout())->setRowMinimumHeight(4, m_folded ? 0 : m_beats->sizeHint().height() + 6);
}

void ProviderCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        applyFonts();
    QFrame::changeEvent(event);
}

void ProviderCard::setQuiet(bool quiet)
{
    m_quiet = quiet;
    m_buttons->setVisible(!quiet);
    applyFonts();
}

void ProviderCard::refreshState(const DashboardState &state, const ProviderReport &p, SteadyTime now)
{
    const ProviderState before = m_state;
    m_state = p.state;
    setIfNew(m_stateLabel, stateGlyph(m_state) + u' ' + stateWord(m_state));
    setColourIfNew(m_stateLabel, m_theme.stateText(m_state));
    if (!m_fault->isHidden())
        fitFault();
    m_reason = state.explanation(p, now);
    showWhy();
    const bool held = m_state == ProviderState::Isolated || m_state == ProviderState::Down;
    if (const QString text = held ? tr("Release") : tr("Isolate"); m_isolate->text() != text) {
        m_isolate->setText(text);
        m_isolate->setAccessibleName(tr("%1, %2").arg(text, m_provider));
        m_isolate->setToolTip(held ? tr("Lets calls go to %1 again.").arg(m_provider)
                                   : tr("Sends no calls to %1 until you release it.").arg(m_provider));
    }
    m_probe->setEnabled(m_state != ProviderState::Isolated && m_state != ProviderState::Probing);
    if (before != m_state) {
        const bool calm = isCalm(m_state);
        m_why->setForegroundRole(calm ? QPalette::PlaceholderText : QPalette::WindowText);
        setAccessibleDescription(QStringLiteral("%1, %2").arg(stateWord(m_state), m_why->text()));
        update();
    }
}

void ProviderCard::refreshNumbers(const ChartFrame &f, const TrafficBin *known)
{
    if (f.version == m_version && f.lastKey == m_key && f.span == m_span)
        return;
    m_version = f.version;
    m_key = f.lastKey;
    const TrafficBin all = known ? *known : windowOf(f, m_id);
    m_skipped = all.skipCount();
    showWhy();
    const auto p95 = all.latency.quantile(0.95);
    setIfNew(m_p95, p95 ? formatDuration(*p95) : QStringLiteral("–"));
    setIfNew(m_errors, percentText(all.failed(), all.attempts()));
    setIfNew(m_attempts, QLocale().toString(all.started));
    // A percentile of few is said to be one.
    const quint64 answers = all.latency.count();
    setIfNew(m_captions[0], answers == 1                          ? tr("one answer")
                            : answers > 0 && answers < fewAnswers ? tr("p95 of %1").arg(answers)
                                                                  : tr("p95"));
    if (m_span != f.span) {
        m_span = f.span;
        m_captions[1]->setText(tr("failed"));
        m_captions[2]->setText(tr("asked"));
        m_p95->setAccessibleName(tr("p95 latency"));
        m_errors->setAccessibleName(tr("failed"));
        m_attempts->setAccessibleName(tr("asked"));
        for (QLabel *label : {m_p95, m_errors, m_attempts})
            label->setToolTip(tr("Over the last %1.").arg(spanName(f.span)));
    }
    m_beats->refresh(f);
    setFolded(m_amongMany && m_state == ProviderState::Unproven && all.started == 0 && all.skipCount() == 0
              && m_fault->isHidden());
}

void ProviderCard::showWhy()
{
    setIfNew(m_why, m_skipped == 0 ? m_reason : tr("%1 · skipped %2×").arg(m_reason, QLocale().toString(m_skipped)));
}

void ProviderCard::setFolded(bool folded)
{
    if (folded == m_folded)
        return;
    m_folded = folded;
    for (QWidget *part :
         {static_cast<QWidget *>(m_p95), static_cast<QWidget *>(m_errors), static_cast<QWidget *>(m_attempts),
          static_cast<QWidget *>(m_captions[0]), static_cast<QWidget *>(m_captions[1]),
          static_cast<QWidget *>(m_captions[2]), static_cast<QWidget *>(m_beats)})
        part->setHidden(folded);
    applyFonts();
}

void ProviderCard::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    if (rect()
            .adjusted(Theme::radius, Theme::radius, -Theme::radius, -Theme::radius)
            .contains(event->rect())) { // a number changed: no corner to round
        painter.fillRect(event->rect(), m_theme.surface());
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius, Theme::radius);
    painter.fillPath(outline, m_theme.surface());
    painter.setClipPath(outline);
    painter.fillRect(QRectF(0, 0, 4, height()), m_theme.stateFill(m_state));
    painter.setClipping(false);
    painter.setPen(m_theme.border());
    painter.drawPath(outline);
}

} // namespace retryscope
