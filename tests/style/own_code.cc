// A check for clang-tidy that finds nothing: it restricts the others to what is declared in this project.
// Version 14 walks what the system's headers declare too, for most of its time, and then keeps silent about
// what it found there. Built and loaded by tests/style/tidy. A unit is matched before its parts are walked:
// here they can still be chosen.

#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>
#include <clang/AST/ASTContext.h>
#include <clang/ASTMatchers/ASTMatchFinder.h>
#include <clang/Basic/SourceManager.h>

#include <vector>

namespace {

class OwnCode : public clang::tidy::ClangTidyCheck {
 public:
  using ClangTidyCheck::ClangTidyCheck;

  void registerMatchers(clang::ast_matchers::MatchFinder* finder) override {
    finder->addMatcher(clang::ast_matchers::translationUnitDecl().bind("unit"), this);
  }

  // What a precompiled header declares is not loaded for this.
  void check(const clang::ast_matchers::MatchFinder::MatchResult& result) override {
    const clang::SourceManager& sources = *result.SourceManager;
    std::vector<clang::Decl*> own;
    for (clang::Decl* part : result.Nodes.getNodeAs<clang::TranslationUnitDecl>("unit")->noload_decls())
      if (!sources.isInSystemHeader(sources.getExpansionLoc(part->getLocation()))) own.push_back(part);
    result.Context->setTraversalScope(own);
  }
};

class Module : public clang::tidy::ClangTidyModule {
 public:
  void addCheckFactories(clang::tidy::ClangTidyCheckFactories& factories) override {
    factories.registerCheck<OwnCode>("croft-own-code");
  }
};

const clang::tidy::ClangTidyModuleRegistry::Add<Module> kModule("croft", "restricts the other checks");

}  // namespace
