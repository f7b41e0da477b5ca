// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/providercard.h"

#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>

namespace retryscope {
namespace {

QLabel *number(QGridLayout *grid, int column, const QString &caption, QWidget *parent)
{
    auto *value = new QLabel(QStringLiteral("–"), parent);
    QFont large = value->font();
    large.setPointSizeF(large.pointSizeF() * 1.6);
    value->setFont(large);
    value->setAccessibleName(caption);
    auto *label = new QLabel(caption, parent);
    label->setForegroundRole(QPalette::PlaceholderText);
    grid->addWidget(value, 2, column);
    grid->addWidget(label, 3, column);
    return value;
}

QString share(double ratio) { return QStringLiteral("%1 %").arg(100.0 * ratio, 0, 'f', 1); }

} // namespace

ProviderCard::ProviderCard(const DashboardState::Provider &provider, const Theme &theme, QWidget *parent)
    : QFrame(parent), m_id(provider.id), m_theme(theme), m_beatArea(new QWidget(this))
{
    setObjectName(QStringLiteral("providerCard_") + provider.id);
    setAccessibleName(provider.name);
    setMinimumWidth(250);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(18, 12, 12, 12);
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(2);
    auto *name = new QLabel(provider.simulated ? tr("%1 <small>SIM</small>").arg(provider.name.toHtmlEscaped()) : provider.name.toHtmlEscaped(), this);
    name->setTextFormat(Qt::RichText);
    QFont bold = name->font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.1);
    name->setFont(bold);
    m_stateLabel = new QLabel(this);
    m_stateLabel->setObjectName(QStringLiteral("state_") + provider.id);
    m_stateLabel->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_why = new QLabel(this);
    m_why->setForegroundRole(QPalette::PlaceholderText);
    m_why->setMinimumWidth(10);
    grid->addWidget(name, 0, 0, 1, 2);
    grid->addWidget(m_stateLabel, 0, 2);
    grid->addWidget(m_why, 1, 0, 1, 3);
    m_p95 = number(grid, 0, tr("p95"), this);
    m_errors = number(grid, 1, tr("errors, 2 min"), this);
    m_calls = number(grid, 2, tr("attempts"), this);
    m_beatArea->setFixedHeight(26);
    grid->addWidget(m_beatArea, 4, 0, 1, 3);
    auto *buttons = new QHBoxLayout;
    m_isolate = new QToolButton(this);
    m_isolate->setObjectName(QStringLiteral("isolate_") + provider.id);
    m_isolate->setText(tr("Isolate"));
    connect(m_isolate, &QToolButton::clicked, this, [this] {
        if (m_state == ProviderState::Isolated || m_state == ProviderState::Down)
            emit releaseRequested(m_id);
        else
            emit isolateRequested(m_id);
    });
    buttons->addWidget(m_isolate);
    if (provider.simulated) {
        auto *fault = new QToolButton(this);
        fault->setObjectName(QStringLiteral("faultMenu_") + provider.id);
        fault->setText(tr("Fault ▾"));
        fault->setPopupMode(QToolButton::InstantPopup);
        auto *menu = new QMenu(fault);
        for (const FaultTraits &row : faultTable())
            menu->addAction(tr(row.label), this, [this, f = row.fault] { emit faultRequested(m_id, f); });
        fault->setMenu(menu);
        fault->setAccessibleName(tr("Fault of %1").arg(provider.name));
        buttons->addWidget(fault);
    }
    buttons->addStretch();
    grid->addLayout(buttons, 5, 0, 1, 3);
}

void ProviderCard::refresh(const DashboardState &state, const DashboardState::Provider &p, SteadyTime now)
{
    m_state = state.state(p, now);
    m_beats = p.beats;
    m_stateLabel->setText(QStringLiteral("<span style='color:%1'>%2 %3</span>").arg(m_theme.stateText(m_state).name(), stateGlyph(m_state), stateWord(m_state)));
    const QString why = state.explanation(p, now);
    m_why->setText(why.isEmpty() ? p.model : why);
    m_why->setToolTip(p.model);
    const auto p95 = DashboardState::quantile(p.attempts, 0.95);
    m_p95->setText(p95 ? formatDuration(*p95) : QStringLiteral("–"));
    m_errors->setText(p.attempts.empty() ? QStringLiteral("–") : share(DashboardState::errorShare(p)));
    m_calls->setText(QString::number(p.attempts.size()));
    m_isolate->setText(m_state == ProviderState::Isolated || m_state == ProviderState::Down ? tr("Release") : tr("Isolate"));
    setAccessibleDescription(QStringLiteral("%1, %2").arg(stateWord(m_state), m_why->text()));
    update();
}

void ProviderCard::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    painter.fillPath(outline, m_theme.surface());
    painter.setPen(m_theme.border());
    painter.drawPath(outline);
    painter.fillRect(QRectF(0, 10, 4, height() - 20), m_theme.stateFill(m_state));
    paintBeats(painter);
}

void ProviderCard::paintBeats(QPainter &painter) const
{
    const QRect area = m_beatArea->geometry();
    const double slot = double(area.width()) / DashboardState::beats;
    const int empty = DashboardState::beats - int(m_beats.size());
    for (int i = 0; i < DashboardState::beats; ++i) {
        const ProviderState state = i < empty ? ProviderState::NoData : m_beats[std::size_t(i - empty)];
        const int height = state == ProviderState::NoData ? 6 : state == ProviderState::Healthy ? 12 : state == ProviderState::Degraded ? 17 : 22;
        QColor colour = m_theme.stateFill(state);
        if (state == ProviderState::NoData)
            colour.setAlphaF(0.4f);
        painter.fillRect(QRectF(area.left() + qRound(i * slot), area.bottom() - height, std::max(2.0, slot - 2), height), colour);
    }
}

} // namespace retryscope
