// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/retrylayers.h"

#include <QFrame>
#include <QVariantMap>

class QComboBox;
class QGridLayout;
class QLabel;
class QSpinBox;

namespace retryscope {

/// Retries that are made around and beyond ours, multiplied, and the line that switches each of them off.
class LayersCard : public QFrame
{
    Q_OBJECT
public:
    explicit LayersCard(QWidget *parent = nullptr);
    /// What our own layer does at most.
    void setOwn(int attempts, Duration longest);
    /// What a person chose: for each place the key of a layer and its attempts.
    QVariantMap state() const;
    void restore(const QVariantMap &state);

signals:
    /// By a person.
    void chosen();

private:
    struct Row
    {
        LayerPlace place;
        QComboBox *known;
        QSpinBox *attempts;
        QLabel *off;
    };
    void addRow(QGridLayout *grid, LayerPlace place);
    void choose(const Row &row);
    void tell();

    QVector<Row> m_rows;
    QLabel *m_own, *m_sentence;
    int m_attempts = 1;
    Duration m_longest{};
    bool m_restoring = false;
};

} // namespace retryscope
