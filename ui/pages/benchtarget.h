// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engineclient.h"

class QComboBox;
class QLineEdit;

namespace retryscope {

/// Whom a column asks: the whole chain, the chain from one provider on, or one provider alone; and which model of it.
class BenchTarget : public QObject
{
    Q_OBJECT
public:
    explicit BenchTarget(QObject *parent = nullptr);
    QComboBox *box() const { return m_box; }
    QLineEdit *model() const { return m_model; }
    void setProviders(const ProviderConfigs &providers);
    /// Those that may be asked, in order.
    QVector<ProviderId> chain() const;
    Route route() const;
    QString modelName() const;
    /// The first that is asked; none where no provider is enabled.
    std::optional<ProviderConfig> provider() const;
    /// "", "only:ID" or "from:ID", then the model; the way back.
    QString state() const;
    void restore(const QString &state);
    void chooseOnly(const ProviderId &provider);
    bool isChain() const;

signals:
    void changed();

private:
    ProviderConfigs m_enabled;
    QString m_wished; ///< what is to be chosen as soon as it is there
    QComboBox *m_box;
    QLineEdit *m_model;
    void showModel();
};

} // namespace retryscope
