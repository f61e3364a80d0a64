console.log('pairwire');
