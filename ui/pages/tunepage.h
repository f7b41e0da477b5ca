// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdraft.h"
#include "config/retryfields.h"
#include "pricing/pricelist.h"
#include "theme/theme.h"
#include "words/eventwords.h"

#include <QUndoStack>
#include <QWidget>

class QButtonGroup;
class QComboBox;
class QLabel;
class QLineEdit;
class QStackedWidget;

namespace retryscope {

class CertifyPanel;
class DraftChrome;
class IncidentReplayPanel;
class RecommendPanel;
class RememberedState;
class TuneConsequences;
class TuneFields;

/// Tune: every field of RetryConfig, checked as it is edited, with what it will do beside it; what Apply would change is always
/// in sight. Every edit can be undone.
class TunePage : public QWidget
{
    Q_OBJECT
public:
    /// Edits `draft`, which must outlive the page.
    TunePage(const Theme &theme, ConfigurationDraft &draft, QWidget *parent = nullptr);
    ~TunePage() override;
    /// What the page shows of the draft.
    enum class View : quint8 { Fields, Recommend, Certify, Incident };
    void showView(View view);
    View view() const { return m_view; }
    RecommendPanel &recommendPanel();
    CertifyPanel &certifyPanel();
    IncidentReplayPanel &incidentPanel();
    const Configuration &draft() const { return m_draft.draft(); }
    QUndoStack &undoStack() { return m_undo; }
    void focusSearch();
    /// Becomes the draft, as one step that can be undone; providers that come with it go again by Discard.
    void takeImported(const Configuration &imported);
    /// Restores what a person chose to look at, and keeps it from now on.
    void remember(RememberedState &state);
    /// Brings the field at this place into sight; nothing happens where the page has none.
    void reveal(const ConfigurationPath &path);
    /// Id to the name that is shown, also of providers that are no longer there.
    void setNames(const ProviderNames &names);
    /// Tells that an unapplied draft came back over a restart.
    void sayDraftIsBack();

private:
    class Edit;

    QLayout *makeViews();
    QWidget *makeHead();
    void connectParts();
    void showDraft();
    void check();
    void showFindings();
    void showPanels();
    void editField(const RetryConfigField &field, double value);
    void editOrder(const QStringList &ids);
    void takePreset(int index);
    void takeRetry(const QString &what, const RetryConfig &retry);
    void discard();
    void apply();
    void showMerge(bool on);

    const Theme &m_theme;
    ConfigurationDraft &m_draft;
    std::optional<Configuration> m_inForce; ///< of the consequences; none yet
    PriceList m_prices;
    ProviderNames m_names;
    QUndoStack m_undo;
    int m_session = 0; ///< edits of one field become one step until the field is left
    TuneFields *m_fields;
    TuneConsequences *m_consequences;
    DraftChrome *m_chrome;
    QStackedWidget *m_body;
    QWidget *m_head = nullptr; ///< of the fields
    QButtonGroup *m_views = nullptr;
    View m_view = View::Fields;
    RecommendPanel *m_recommend = nullptr; ///< null until it is looked at, as the others
    CertifyPanel *m_certify = nullptr;
    IncidentReplayPanel *m_incident = nullptr;
    QLineEdit *m_search;
    QComboBox *m_preset;
    QLabel *m_note;
    RememberedState *m_remembered = nullptr;
};

} // namespace retryscope
