// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdraft.h"
#include "models/comparisonmodel.h"

#include <QWidget>

#include <functional>

class QComboBox;
class QLabel;

namespace retryscope {

class Theme;

/// Asks a person for a file to open; empty when they changed their mind. Tests answer for them.
using OpenChooser = std::function<QString(QWidget *parent, const QString &title, const QString &nameFilter)>;

/// Which configurations are played beside each other: A is in force, B is the draft of the Tune page, C is chosen here.
class WhatIfPolicies : public QWidget
{
    Q_OBJECT
public:
    /// `draft` must outlive this.
    WhatIfPolicies(const Theme &theme, ConfigurationDraft &draft, QWidget *parent = nullptr);
    void setOpenChooser(OpenChooser chooser) { m_choose = std::move(chooser); }

    struct Played
    {
        ComparedPolicy shown;
        SimulatedPolicy policy;
        Configuration configuration; ///< that it comes from
    };
    /// A, then B where the draft differs and can be played, then C.
    const QVector<Played> &played() const { return m_played; }
    /// The providers of the longest chain, by their place, as A names them.
    QVector<std::pair<ProviderId, QString>> chain() const;
    /// The key of C, where it is a client by name; else empty.
    QString namedThird() const;
    /// Why nothing can be played; empty: it can.
    QString problem() const { return m_problem; }

signals:
    void changed();
    /// Why a file was not taken.
    void refused(const QString &sentence);

private:
    enum class Third : quint8 { None, Named, File, Preset };
    void fillChoices();
    void choose(int index);
    void collect();
    void addThird(const Configuration &inForce);
    QColor colourOf(int policy) const;

    const Theme &m_theme;
    ConfigurationDraft &m_draft;
    OpenChooser m_choose;
    QLabel *m_a, *m_b, *m_c;
    QComboBox *m_third;
    int m_chosen = 0;
    std::optional<Configuration> m_file;
    QString m_fileName, m_problem;
    QVector<Played> m_played;
};

/// Asks with the desktop's dialog.
OpenChooser openFileChooser();

} // namespace retryscope
