// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/layerscard.h"

#include "base/timeformat.h"
#include "widgets/elidedcombo.h"
#include "words/labels.h"
#include "words/layerwords.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QGridLayout>
#include <QLabel>
#include <QSpinBox>

namespace retryscope {
namespace {

constexpr int mostAttempts = 1'000;
constexpr std::array placeKeys{"queue", "client", "beyond"};

} // namespace

LayersCard::LayersCard(QWidget *parent) : QFrame(parent), m_own(new QLabel), m_sentence(new QLabel)
{
    setObjectName(QStringLiteral("card"));
    auto *title = new QLabel(tr("Layers that retry around this one"));
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    m_sentence->setObjectName(QStringLiteral("layersSentence"));
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    bold.setPointSizeF(bold.pointSizeF() * 1.12);
    m_sentence->setFont(bold);
    m_own->setObjectName(QStringLiteral("layersOwn"));
    m_own->setWordWrap(true);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    addRow(grid, LayerPlace::Queue);
    addRow(grid, LayerPlace::Client);
    const int row = grid->rowCount();
    grid->addWidget(new QLabel(tr("Retryscope")), row, 0);
    grid->addWidget(m_own, row, 1, 1, 2);
    addRow(grid, LayerPlace::Beyond);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addWidget(title);
    column->addWidget(m_sentence);
    column->addLayout(grid);
    tell();
}

void LayersCard::addRow(QGridLayout *grid, LayerPlace place)
{
    const QString key = QLatin1String(placeKeys[std::size_t(place)]);
    Row row{place, new ElidedCombo, new QSpinBox, new QLabel};
    row.known->setObjectName(QStringLiteral("layer_") + key);
    row.known->setAccessibleName(toLabel(place));
    row.known->setFocusPolicy(Qt::StrongFocus);
    row.known->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    row.known->setMinimumContentsLength(8); // has room in a window of 900
    row.known->addItem(tr("none that retries"), QString());
    for (const RetryLayer &layer : retryLayers()) {
        if (layer.place == place)
            row.known->addItem(QLatin1String(layer.name), QLatin1String(layer.key));
    }
    row.known->addItem(tr("another one"), QStringLiteral("other"));
    row.attempts->setObjectName(QStringLiteral("layerAttempts_") + key);
    row.attempts->setAccessibleName(tr("Attempts of %1, the first included").arg(toLabel(place)));
    row.attempts->setToolTip(tr("Attempts, the first included"));
    row.attempts->setRange(1, mostAttempts);
    row.attempts->setFocusPolicy(Qt::StrongFocus);
    row.off->setObjectName(QStringLiteral("layerOff_") + key);
    row.off->setWordWrap(true);
    row.off->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row.off->setForegroundRole(QPalette::PlaceholderText);
    const int line = grid->rowCount();
    grid->addWidget(new QLabel(toLabel(place)), line, 0);
    grid->addWidget(row.known, line, 1);
    grid->addWidget(row.attempts, line, 2);
    grid->addWidget(row.off, line + 1, 1, 1, 2);
    connect(row.known, &QComboBox::currentIndexChanged, this, [this, row] { choose(row); });
    connect(row.attempts, &QSpinBox::valueChanged, this, [this] {
        tell();
        if (!m_restoring)
            emit chosen();
    });
    m_rows.append(row);
}

/// As it does unless told otherwise.
void LayersCard::choose(const Row &row)
{
    const RetryLayer *layer = findRetryLayer(row.known->currentData().toString());
    const bool restoring = std::exchange(m_restoring, true); // one change, not two
    row.attempts->setValue(layer ? layer->attempts : row.known->currentIndex() == 0 ? 1 : 3);
    m_restoring = restoring;
    tell();
    if (!m_restoring)
        emit chosen();
}

void LayersCard::setOwn(int attempts, Duration longest)
{
    if (attempts == m_attempts && longest == m_longest)
        return;
    m_attempts = attempts;
    m_longest = longest;
    tell();
}

void LayersCard::tell()
{
    QVector<LayerUse> uses;
    for (const Row &row : std::as_const(m_rows)) {
        const RetryLayer *layer = findRetryLayer(row.known->currentData().toString());
        const bool retries = row.known->currentIndex() > 0;
        row.attempts->setVisible(retries);
        row.off->setVisible(layer && row.attempts->value() > 1);
        if (layer)
            row.off->setText(tr("Off with: %1").arg(QLatin1String(layer->off)));
        if (retries)
            uses.append({row.place, row.attempts->value(), layer ? layer->waits : Duration{}});
    }
    m_own->setText(tr("at most %1 in %2").arg(attemptsText(quint64(m_attempts)), formatDuration(m_longest)));
    m_sentence->setText(layersText(uses, m_attempts, m_longest));
}

QVariantMap LayersCard::state() const
{
    QVariantMap state;
    for (const Row &row : m_rows) {
        if (const QString key = row.known->currentData().toString(); !key.isEmpty())
            state[QLatin1String(placeKeys[std::size_t(row.place)])] =
                QStringLiteral("%1 %2").arg(key).arg(row.attempts->value());
    }
    return state;
}

void LayersCard::restore(const QVariantMap &state)
{
    m_restoring = true;
    for (const Row &row : std::as_const(m_rows)) {
        const QStringList kept =
            state.value(QLatin1String(placeKeys[std::size_t(row.place)])).toString().split(QLatin1Char(' '));
        row.known->setCurrentIndex(std::max(0, row.known->findData(kept.first())));
        if (kept.size() == 2 && row.known->currentIndex() > 0)
            row.attempts->setValue(kept.last().toInt());
    }
    m_restoring = false;
    tell();
}

} // namespace retryscope
